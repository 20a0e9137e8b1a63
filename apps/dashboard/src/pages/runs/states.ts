import type { Tone } from '../../parts/badge.tsx';

const tones: Readonly<Record<string, Tone>> = {
  committed: 'good',
  succeeded: 'good',
  running: 'accent',
  undoing: 'accent',
  paused: 'warn',
  waiting: 'warn',
  interrupted: 'warn',
  kept: 'bad',
  failed: 'bad',
};

/** Of a run or a step. */
export const stateTone = (state: string): Tone => tones[state] ?? 'plain';

const undoable = new Set(['committed', 'kept', 'paused', 'interrupted']);

/** Whether what a run changed may stand and can be taken back. */
export const canUndo = (state: string): boolean => undoable.has(state);

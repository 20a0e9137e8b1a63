import type { Tone } from '../../parts/badge.tsx';

const tones: Readonly<Record<string, Tone>> = { complete: 'good', failed: 'bad', left: 'warn' };

export const outcomeTone = (outcome: string): Tone => tones[outcome] ?? 'plain';

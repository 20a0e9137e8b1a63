import type { StageView } from '../../api/contract.ts';
import type { TimelineRow } from '../../parts/timeline.tsx';

const names: Readonly<Record<string, string>> = {
  route: 'Choose a provider',
  cache: 'Ask the cache',
  queue: 'Wait for room',
  attempt: 'Call',
  'first-token': 'Wait for the first token',
  stream: 'Stream the answer',
};

const toneOf = ({ stage, outcome, cause }: StageView): TimelineRow['tone'] => {
  if (outcome === 'failed') return 'bad';
  if (stage === 'queue' || outcome === 'abandoned' || cause === 'hedge') return 'warn';
  return stage === 'attempt' ? 'accent' : 'soft';
};

/** The stages of a request in words, in the order in which they began. */
export const stageRows = (stages: readonly StageView[]): readonly TimelineRow[] =>
  stages
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map((stage, index) => {
      const { stage: kind, provider, model, cause, outcome, status, code, fromMs, durationMs } = stage;
      const about = [provider, model, outcome, status && `status ${status}`, code].filter(Boolean).join(', ');
      return {
        key: String(index),
        name: `${names[kind] ?? kind}${cause ? ` (${cause})` : ''}`,
        about: about === '' ? undefined : about,
        fromMs,
        durationMs,
        tone: toneOf(stage),
      };
    });

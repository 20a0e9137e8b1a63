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

/** Of an answer that comes in one piece. */
const wholeNames: Readonly<Record<string, string>> = {
  'first-token': 'Wait for the answer',
  stream: 'Hand the answer on',
};

const ranks = Object.keys(names);
const rankOf = ({ stage }: StageView): number => (ranks.includes(stage) ? ranks.indexOf(stage) : ranks.length);

/** Who waits for the first token waits all the time until then: it stands where it ends. */
const placeOf = ({ stage, fromMs, durationMs }: StageView): number =>
  stage === 'first-token' ? fromMs + durationMs : fromMs;

const toneOf = ({ stage, outcome, cause }: StageView): TimelineRow['tone'] => {
  if (outcome === 'failed') return 'bad';
  if (stage === 'queue' || outcome === 'abandoned' || cause === 'hedge') return 'warn';
  return stage === 'attempt' ? 'accent' : 'soft';
};

/** The stages of a request in words, in the order in which they began; those that did at once in the order of their kinds. */
export const stageRows = (stages: readonly StageView[], isStream: boolean): readonly TimelineRow[] =>
  stages
    .toSorted((a, b) => placeOf(a) - placeOf(b) || rankOf(a) - rankOf(b))
    .map((stage, index) => {
      const { stage: kind, provider, model, cause, outcome, status, code, fromMs, durationMs } = stage;
      const about = [provider, model, outcome, status && `status ${status}`, code].filter(Boolean).join(', ');
      return {
        key: String(index),
        name: `${(isStream ? undefined : wholeNames[kind]) ?? names[kind] ?? kind}${cause ? ` (${cause})` : ''}`,
        about: about === '' ? undefined : about,
        fromMs,
        durationMs,
        tone: toneOf(stage),
      };
    });

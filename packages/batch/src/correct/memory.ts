import type { Correction, CorrectionOutcome, Failure } from './failure.ts';

/** Where what was learnt is kept: any map, file or cache. Values are JSON. */
export interface CorrectionMemory {
  get(key: string): Promise<string | undefined> | string | undefined;
  set(key: string, value: string): Promise<unknown> | unknown;
}

interface Tally {
  fixed: number;
  failed: number;
}

/** What was learnt about failures of one shape: by rule, and by the very correction. */
interface Lessons {
  readonly rules: Record<string, Tally>;
  readonly changes: Record<string, Tally>;
}

const maxChanges = 20;

/** What is particular to one failure is taken out: paths, numbers, names in quotes. */
const normalise = (text: string): string =>
  text
    .replaceAll(/(["'`‘“]).*?["'`’”]/g, '<name>')
    .replaceAll(/\S*[/\\]\S*/g, '<path>')
    .replaceAll(/\S+\.\w{1,5}\b/g, '<file>')
    .replaceAll(/\d+/g, '<n>')
    .toLowerCase()
    .trim();

/** The tool and the kind of its complaint: failures of one shape are mended in one way. */
export const shapeOf = (failure: Failure): string => {
  if (failure.kind === 'name') return `name:${failure.field}`;
  if (failure.kind !== 'shell') return failure.kind;
  const said = `${failure.stderr ?? ''}\n${failure.stdout ?? ''}`;
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const telling =
    lines.find((line) => /error|fatal|not|unknown|invalid|cannot|no such|unrecogni/i.test(line)) ?? lines[0] ?? '';
  const tool = /^\s*(?:\w+=\S*\s+)*(\S+)/.exec(failure.line)?.[1] ?? '';
  // The words of the line are what differs between two failures of one shape.
  let text = telling.slice(0, 300);
  for (const word of failure.line.split(/\s+/).slice(1)) if (word.length > 2) text = text.replaceAll(word, '<word>');
  return `shell:${tool}:${failure.exitCode ?? failure.signal ?? ''}:${normalise(text).slice(0, 120)}`;
};

const subjectOf = (failure: Failure): string => {
  if (failure.kind === 'shell') return failure.line;
  if (failure.kind === 'name') return failure.value;
  if (failure.kind === 'pointer') return failure.pointer;
  return failure.kind === 'file' ? `${failure.path}\n${failure.find}` : failure.text;
};

const keyOf = (failure: Failure): string => `correct:1:${shapeOf(failure)}`;
const changeKey = (failure: Failure, correction: Correction): string =>
  `${subjectOf(failure).slice(0, 300)} => ${JSON.stringify(correction.change).slice(0, 300)}`;

const read = async (memory: CorrectionMemory, key: string): Promise<Lessons> => {
  try {
    const parsed = JSON.parse((await memory.get(key)) ?? '{}') as Partial<Lessons>;
    return { rules: parsed.rules ?? {}, changes: parsed.changes ?? {} };
  } catch {
    // What cannot be read is what was never learnt.
    return { rules: {}, changes: {} };
  }
};

const count = (tallies: Record<string, Tally>, key: string, outcome: CorrectionOutcome): void => {
  const tally = tallies[key] ?? { fixed: 0, failed: 0 };
  delete tallies[key];
  // Last in order is last learnt: the oldest go first when there are too many.
  tallies[key] = { ...tally, [outcome]: tally[outcome] + 1 };
};

/** Keeps what a correction came to. */
export const learnOutcome = async (
  memory: CorrectionMemory,
  failure: Failure,
  correction: Correction,
  outcome: CorrectionOutcome,
): Promise<void> => {
  const key = keyOf(failure);
  const lessons = await read(memory, key);
  count(lessons.rules, correction.rule, outcome);
  count(lessons.changes, changeKey(failure, correction), outcome);
  const old = Object.keys(lessons.changes);
  for (const change of old.slice(0, Math.max(0, old.length - maxChanges))) delete lessons.changes[change];
  await memory.set(key, JSON.stringify(lessons));
};

/** Laplace's estimate moved to -1..1: nothing known is 0. */
const leaning = (tally: Tally | undefined, weight: number): number =>
  tally ? (weight * (tally.fixed - tally.failed)) / (tally.fixed + tally.failed + 1) : 0;

/**
 * Ranks corrections by confidence with what was learnt: what fixed a failure of the same shape rises, what failed to fix one sinks. A rise
 * never makes one certain that its rule did not take for certain: learning decides the order, and takes confidence away.
 */
export const rankLearnt = async (
  memory: CorrectionMemory | undefined,
  failure: Failure,
  corrections: readonly Correction[],
): Promise<readonly Correction[]> => {
  const lessons = memory ? await read(memory, keyOf(failure)) : { rules: {}, changes: {} };
  const scored = corrections.map((correction) => {
    const shift =
      leaning(lessons.rules[correction.rule], 0.3) + leaning(lessons.changes[changeKey(failure, correction)], 1);
    const confidence = shift < 0 ? Math.max(0.01, correction.confidence + shift) : correction.confidence;
    return {
      correction: confidence === correction.confidence ? correction : { ...correction, confidence },
      score: correction.confidence + shift,
    };
  });
  return scored.sort((a, b) => b.score - a.score).map(({ correction }) => correction);
};

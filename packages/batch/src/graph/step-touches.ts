import type { Step } from '../workflow/step.ts';

/** What a step touches, as `parseTouch` reads it. */
export interface StepTouches {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

const none: readonly string[] = [];

/**
 * A place in a JSON file by its pointer. Within a list, taking one item out moves those after it: what touches one item touches the
 * list.
 */
const placeOf = (file: string, pointer: string): string => {
  // One that is all expression may lead anywhere.
  if (pointer.startsWith('${{')) return `${file}#/${pointer}`;
  const keys = pointer.split('/').slice(1);
  const item = keys.findIndex((key) => key === '-' || /^\d+$/.test(key));
  const kept = item < 0 ? keys : keys.slice(0, item);
  return kept.length === 0 ? file : `${file}#/${kept.join('/')}`;
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Pointers of what a merge patch (RFC 7396) sets or removes. */
const pointersOf = (patch: unknown, above = ''): readonly string[] => {
  if (!isRecord(patch)) return [above];
  const entries = Object.entries(patch);
  // An empty one makes an object of whatever is there.
  if (entries.length === 0) return [above];
  return entries.flatMap(([key, value]) =>
    pointersOf(value, `${above}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
};

/** What a step touches by what it does, whether declared or not. */
const impliedBy = (step: Step): StepTouches => {
  if ('file' in step) {
    const { file, find, append, rename, mode, content, link, folder } = step;
    const isAboutOld = find !== undefined || append !== undefined || rename !== undefined;
    const isModeAlone = mode !== undefined && content === undefined && link === undefined && folder !== true;
    return {
      reads: isAboutOld || isModeAlone ? [file] : none,
      writes: rename === undefined ? [file] : [file, rename],
    };
  }
  if ('json' in step) {
    const { json, set, remove = [], merge } = step;
    const pointers = [...Object.keys(set ?? {}), ...remove, ...(merge === undefined ? [] : pointersOf(merge))];
    const places = [...new Set(pointers.map((pointer) => placeOf(json, pointer)))];
    // What is set as a whole, which may be new, is not looked at before.
    const isNew = remove.length === 0 && Object.keys(set ?? {})[0] === '';
    return { reads: isNew ? none : places, writes: places };
  }
  return { reads: none, writes: none };
};

const joined = (a: readonly string[] | undefined, b: readonly string[]): readonly string[] => {
  if (a === undefined || a.length === 0) return b;
  return b.length === 0 ? a : [...new Set([...a, ...b])];
};

/** What a step touches: what it declares, what it does by its own fields, and what the steps `within` it touch. */
export const touchesOf = (step: Step, within: readonly StepTouches[] = []): StepTouches => {
  const implied = impliedBy(step);
  return {
    reads: joined(step.reads, [...implied.reads, ...new Set(within.flatMap(({ reads }) => reads))]),
    writes: joined(step.writes, [...implied.writes, ...new Set(within.flatMap(({ writes }) => writes))]),
  };
};

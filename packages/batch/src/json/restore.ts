import type { Edit } from './document.ts';
import type { Intent } from './intent.ts';

/** Edits that were made over one content of the file, and what it held after they were written to it, if they were. */
interface Segment {
  readonly base: string;
  readonly edits: Edit[];
  flushed: string | undefined;
}

export type Restored = { readonly edits: readonly Edit[] } | 'changed';

/** What a run has done to each document, in order. */
export const segmentsOf = (intents: readonly Intent[]): ReadonlyMap<string, readonly Segment[]> => {
  const documents = new Map<string, Segment[]>();
  for (const { name, order, edits, flushes } of intents) {
    for (const { document, base, changes } of edits) {
      const segments = documents.get(document) ?? [];
      documents.set(document, segments);
      const last = segments.at(-1);
      const edit = { name, order, changes };
      if (last !== undefined && last.flushed === undefined && last.base === base) last.edits.push(edit);
      else segments.push({ base, edits: [edit], flushed: undefined });
    }
    for (const { document, hash } of flushes) {
      const last = documents.get(document)?.at(-1);
      if (last !== undefined) last.flushed = hash;
    }
  }
  return documents;
};

/**
 * The edits that a file with this hash does not have yet. One that was on its way to the file when the process or the power went
 * counts as not there: what the file holds says how far it came.
 */
export const missingEdits = (segments: readonly Segment[], hash: string): Restored => {
  const last = segments.at(-1);
  if (last === undefined || last.flushed === hash) return { edits: [] };
  const edits: Edit[] = [];
  for (let at = segments.length - 1; at >= 0; at -= 1) {
    const segment = segments[at] as Segment;
    const after = segments[at + 1];
    if (after !== undefined && segment.flushed !== after.base) break;
    edits.unshift(...segment.edits);
    if (segment.base === hash) return { edits };
  }
  // All was written: what the file holds now is somebody's work on top of it.
  return last.flushed === undefined ? 'changed' : { edits: [] };
};

import { Document, type Edit, type Written } from './document.ts';
import type { Intent } from './intent.ts';
import { baseOf, type FileState, isNamed, namedBase, textOf } from './read-base.ts';
import { firstText } from './text-delta.ts';

/** What a run has done to a document since its file was read, or read again. */
interface Past {
  /** Hash of what the file held then. */
  readonly base: string;
  readonly edits: Edit[];
  readonly flushes: (Written & {
    readonly name: string;
    /** How many of these edits came before it: fewer than it has, where some were undone. */
    readonly after: number;
  })[];
}

export const pastsOf = (intents: readonly Intent[]): ReadonlyMap<string, Past> => {
  const pasts = new Map<string, Past>();
  for (const { name, order, edits, flushes } of intents) {
    for (const { document, base, changes } of edits) {
      const known = pasts.get(document);
      const edit = { name, order, changes };
      if (known !== undefined && (known.flushes.at(-1)?.hash ?? known.base) === base) known.edits.push(edit);
      else pasts.set(document, { base, edits: [edit], flushes: [] });
    }
    for (const { document, ...written } of flushes) {
      const known = pasts.get(document);
      const past = known?.base === written.base ? known : { base: written.base, edits: [], flushes: [] };
      pasts.set(document, past);
      past.flushes.push({ ...written, name, after: past.edits.length });
    }
  }
  return pasts;
};

/**
 * The document as it was, over what its file holds now: that says how far what was on its way to it has come when the process or the
 * power went. `changed` where that is somebody else's, and would lose what is not written yet.
 */
export const restored = (document: string, state: FileState, { base, edits, flushes }: Past): Document | 'changed' => {
  const at = flushes.findLastIndex(({ hash }) => hash === state.hash);
  if (at < 0 && state.hash !== base) {
    // All was written: what the file holds now is somebody's work on top of it.
    return flushes.at(-1)?.after === edits.length
      ? new Document(baseOf(document, state, textOf(document, state)))
      : 'changed';
  }
  const text = textOf(document, state);
  const first = text === undefined ? undefined : firstText(text, flushes[at]?.back);
  const found = new Document(isNamed(document) ? namedBase() : baseOf(document, { ...state, hash: base }, first));
  let done = 0;
  const applyTo = (count: number): void => {
    for (const edit of edits.slice(done, count)) found.apply(edit);
    done = count;
  };
  for (const { name, after, ...written } of flushes.slice(0, at + 1)) {
    applyTo(after);
    found.flush(name, written);
  }
  applyTo(edits.length);
  return found;
};

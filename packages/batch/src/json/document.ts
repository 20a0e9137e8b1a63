import { createDraft, type Draft } from './draft.ts';
import type { JsonChange } from './json-change.ts';
import { checkChanges } from './narrow.ts';
import type { TextDelta } from './text-delta.ts';

/** What a file holds. */
export interface Content {
  readonly hash: string;
  /** By which it is seen without reading that the file is still the same; `undefined`: it must be read. */
  stamp: string | undefined;
}

/** What a file held when it was read. */
export interface Base extends Content {
  /** `absent` where there was no file. */
  readonly value: unknown;
}

/** The changes of one step. */
export interface Edit {
  readonly name: string;
  readonly order: string;
  readonly changes: readonly JsonChange[];
}

/** What was written to the file. */
export interface Written {
  readonly hash: string;
  /** Hash of what it held first; '' where there was none. */
  readonly base: string;
  /** How many edits it has. */
  readonly count: number;
  /** Makes of it the text that the file held first; `null` where there was no file. */
  readonly back: TextDelta | null;
}

interface Flush extends Content, Written {
  readonly name: string;
  /** Edits that were not in the file before, or were and were undone. */
  readonly pending: ReadonlySet<string>;
}

/** The time from when the file was read to when somebody else has changed it. */
interface Epoch {
  readonly base: Base;
  readonly edits: Edit[];
  readonly flushes: Flush[];
  /** Edits that the file is to have and has not, or the other way about. */
  pending: Set<string>;
}

/** What the file holds is not known: it counts as changed by somebody else. */
const unknownHash = 'unknown';

const toggle = (names: Set<string>, name: string): void => {
  if (!names.delete(name)) names.add(name);
};

/**
 * A document of a run: what its file held when it was read, and the changes since. What it is, and how it is written, comes of these
 * alone: neither the order in which they came nor when they were written to the file makes another text. To go back is to leave
 * changes out: the value is made anew, when somebody asks for it next.
 */
export class Document {
  readonly #epochs: Epoch[];
  /** By the name of an edit, where it is. */
  readonly #epochOf = new Map<string, Epoch>();
  #draft: Draft;
  #isStale = false;
  /** Hash of what is being written to the file, which may hold it before `flush` says so. */
  onItsWay: string | undefined;

  constructor(base: Base) {
    this.#epochs = [{ base, edits: [], flushes: [], pending: new Set() }];
    this.#draft = createDraft(base.value);
  }

  get #epoch(): Epoch {
    return this.#epochs.at(-1) as Epoch;
  }

  get #current(): Draft {
    if (this.#isStale) {
      const { base, edits } = this.#epoch;
      this.#draft = createDraft(base.value);
      for (const { changes, order } of edits) for (const change of changes) this.#draft.change(change, order);
      this.#isStale = false;
    }
    return this.#draft;
  }

  /** What its file held at first. */
  get base(): Base {
    return this.#epoch.base;
  }

  /** What its file holds now. */
  get content(): Content {
    const { base, flushes } = this.#epoch;
    return flushes.at(-1) ?? base;
  }

  /** Makes of what its file holds what it held first. */
  get back(): TextDelta | null | undefined {
    return this.#epoch.flushes.at(-1)?.back;
  }

  /** Whether the file is another than the document. */
  get isDirty(): boolean {
    return this.#epoch.pending.size > 0;
  }

  /** It stays as it is: what changes after it was asked for is copied. */
  get value(): unknown {
    return this.#current.value;
  }

  /** The same for who looks at it at once, and keeps nothing of it. */
  get settled(): unknown {
    return this.#current.settled;
  }

  /** That too, but for the order of keys. */
  get peek(): unknown {
    return this.#current.peek;
  }

  /** Throws where the changes cannot be made. */
  check(changes: readonly JsonChange[]): void {
    checkChanges(this.peek, changes);
  }

  apply(edit: Edit): void {
    if (this.#epochOf.has(edit.name)) return;
    const epoch = this.#epoch;
    const draft = this.#current;
    // Wherever it fails, it is made anew without this one.
    this.#isStale = true;
    for (const change of edit.changes) draft.change(change, edit.order);
    this.#isStale = false;
    epoch.edits.push(edit);
    this.#epochOf.set(edit.name, epoch);
    toggle(epoch.pending, edit.name);
  }

  /** Leaves an edit out. Returns false where it is in what somebody else has changed since. */
  undo(name: string): boolean {
    const epoch = this.#epochOf.get(name);
    if (epoch === undefined) return true;
    if (epoch !== this.#epoch && !epoch.pending.has(name)) return false;
    epoch.edits.splice(
      epoch.edits.findLastIndex((edit) => edit.name === name),
      1,
    );
    this.#epochOf.delete(name);
    toggle(epoch.pending, name);
    this.#isStale = true;
    return true;
  }

  /** What is written down with text that has all edits. */
  written(hash: string, back: Written['back']): Written {
    const { base, edits } = this.#epoch;
    return { hash, base: base.hash, count: edits.length, back };
  }

  /** The file has all edits. */
  flush(name: string, written: Written): void {
    const { flushes, pending, edits } = this.#epoch;
    if (flushes.at(-1)?.name === name) return;
    flushes.push({ ...written, name, pending, stamp: undefined });
    // What it takes to write the text again is as large as all changes: it is held for as long as one flush may be taken back.
    const old = flushes.at(-3);
    if (old !== undefined) flushes[flushes.length - 3] = { ...old, hash: unknownHash, back: null };
    // Where it has others, they were undone since by who knew nothing of the document.
    this.#epoch.pending = new Set(written.count === edits.length ? [] : [name]);
  }

  /** It has not any more. */
  undoFlush(name: string): void {
    const at = this.#epochs.findLastIndex(({ flushes }) => flushes.at(-1)?.name === name);
    if (at < 0) return;
    for (const { edits } of this.#epochs.splice(at + 1)) for (const edit of edits) this.#epochOf.delete(edit.name);
    const { flushes, pending } = this.#epoch;
    for (const edit of flushes.pop()?.pending ?? []) toggle(pending, edit);
    this.content.stamp = undefined;
    this.#isStale = true;
  }

  /** The file holds something else now, and nothing was changed here since it did not. */
  reread(base: Base): void {
    const { edits, flushes } = this.#epoch;
    if (edits.length === 0 && flushes.length === 0) this.#epochs.pop();
    this.#epochs.push({ base, edits: [], flushes: [], pending: new Set() });
    this.#isStale = true;
  }
}

import { applyChange, type JsonChange } from './json-change.ts';

/** What a file held, when it was read or written. */
export interface Base {
  /** `absent` where there was no file. */
  readonly value: unknown;
  readonly hash: string;
  /** By which it is seen without reading that the file is still the same; `undefined`: it must be read. */
  stamp: string | undefined;
}

/** The changes of one step. */
export interface Edit {
  readonly name: string;
  readonly order: string;
  readonly changes: readonly JsonChange[];
}

interface Flushed {
  readonly name: string;
  readonly base: Base;
  readonly edits: readonly Edit[];
}

const applyAll = (value: unknown, edits: readonly Edit[]): unknown =>
  edits.flatMap(({ changes }) => changes).reduce<unknown>(applyChange, value);

/**
 * A document of a run: what its file holds, and the changes since. All values share what they have in common, so that to go back is
 * to leave changes out: the value is made anew from the base, exactly, when somebody asks for it next.
 */
export class Document {
  base: Base;
  #edits: Edit[] = [];
  /** Names of all edits, also those that are in the file. */
  readonly #names = new Set<string>();
  readonly #flushed: Flushed[] = [];
  #head: unknown;
  #isStale = false;
  /** What the last preparation has made of the value, so that it is not made twice. */
  #prepared: { readonly name: string; readonly from: unknown; readonly to: unknown } | undefined;

  constructor(base: Base) {
    this.base = base;
    this.#head = base.value;
  }

  get isDirty(): boolean {
    return this.#edits.length > 0;
  }

  get value(): unknown {
    if (this.#isStale) this.#head = applyAll(this.base.value, this.#edits);
    this.#isStale = false;
    return this.#head;
  }

  /** Throws where the changes cannot be made. */
  prepare(name: string, changes: readonly JsonChange[]): void {
    const from = this.value;
    this.#prepared = { name, from, to: changes.reduce<unknown>(applyChange, from) };
  }

  apply(edit: Edit): void {
    const { name, changes } = edit;
    if (this.#names.has(name)) return;
    const from = this.value;
    const prepared = this.#prepared?.name === name && this.#prepared.from === from ? this.#prepared : undefined;
    this.#prepared = undefined;
    this.#head = prepared === undefined ? changes.reduce<unknown>(applyChange, from) : prepared.to;
    this.#edits.push(edit);
    this.#names.add(name);
  }

  /** Leaves an edit out. Returns false where it is in the file. */
  undo(name: string): boolean {
    const index = this.#edits.findLastIndex((edit) => edit.name === name);
    if (index < 0) return !this.#names.has(name);
    this.#edits.splice(index, 1);
    this.#names.delete(name);
    this.#isStale = true;
    return true;
  }

  /**
   * The value as if the steps had run one after the other: keys that steps add at the same time stand in the order of the steps,
   * whatever came first.
   */
  inOrder(): unknown {
    const sorted = this.#edits.toSorted((a, b) => (a.order < b.order ? -1 : Number(a.order > b.order)));
    if (sorted.some((edit, index) => edit !== this.#edits[index])) {
      this.#edits = sorted;
      this.#isStale = true;
    }
    return this.value;
  }

  /** All edits are in the file. */
  flush(name: string, hash: string): void {
    if (this.#flushed.at(-1)?.name === name) return;
    const value = this.inOrder();
    this.#flushed.push({ name, base: this.base, edits: this.#edits });
    this.base = { value, hash, stamp: undefined };
    this.#edits = [];
  }

  /** They are not any more. */
  undoFlush(name: string): void {
    const last = this.#flushed.at(-1);
    if (last?.name !== name) return;
    this.#flushed.pop();
    this.#edits = [...last.edits, ...this.#edits];
    this.base = { ...last.base, stamp: undefined };
    this.#isStale = true;
  }

  /** The file holds something else now, and nothing was changed here since it did not. */
  reread(base: Base): void {
    this.base = base;
    this.#head = base.value;
    this.#isStale = false;
  }
}

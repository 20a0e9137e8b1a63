import type { Changes } from '../engine/task.ts';
import { documentChanged, documentMissing } from '../errors/documents.ts';
import type { FileChange } from '../files/file-change.ts';
import type { Conflict, Workspace } from '../workspace/workspace.ts';
import { Document } from './document.ts';
import { type DocumentFiles, nodeDocumentFiles } from './document-files.ts';
import { type DocumentEdit, type DocumentFlush, decodeIntent, encodeIntent, type Intent } from './intent.ts';
import { absent, type JsonChange } from './json-change.ts';
import { plainChange } from './plain-change.ts';
import { baseOf, hashOf, isNamed, noFile, readBase, readState, stampOf, textOf } from './read-base.ts';
import { pastsOf, restored } from './restore.ts';
import { rewrite } from './rewrite.ts';
import { firstText } from './text-delta.ts';
import { touchedIn } from './touched.ts';

export interface JsonWorkspaceOptions {
  /** The folder that paths of documents are relative to. */
  readonly root: string;
  /** @default the file system */
  readonly files?: DocumentFiles | undefined;
}

export interface OpenDocument {
  /** Its one name. */
  readonly document: string;
  /** Belongs to the workspace, must not be changed, and stays what it is. To ask for it is to have the next change copy it. */
  readonly value: unknown;
  /** The same for who looks at it at once, and keeps nothing of it. */
  readonly peek: unknown;
  /** What changes to it would touch as it is now, as steps declare it. */
  touchedBy(changes: readonly JsonChange[]): readonly string[];
}

/** Documents as the steps of a run have left them so far. */
export interface Documents {
  /** Rejects with `BATCH_FILE_UNREADABLE`, `BATCH_JSON_INVALID`, `BATCH_DOCUMENT_OUTSIDE` and `BATCH_DOCUMENT_CHANGED`. */
  open(run: string, path: string): Promise<OpenDocument>;
}

/** What the workspace itself writes down with each flush. */
interface FlushChange extends DocumentFlush {
  readonly type: 'flush';
}

export interface JsonWorkspace extends Workspace<JsonChange>, Documents {}

/**
 * JSON documents: files below the root, and those named `name:…`, which only the journal keeps. A file is read once, changed in
 * memory by all steps of a run, and written by the workspace of files when the engine asks for what is not in the files yet; its text
 * stays as it is but for what was changed.
 */
export const jsonWorkspace = ({ root, files = nodeDocumentFiles(root) }: JsonWorkspaceOptions): JsonWorkspace => {
  const runs = new Map<string, Map<string, Promise<Document>>>();

  const documentsOf = (run: string): Map<string, Promise<Document>> => {
    const known = runs.get(run) ?? new Map();
    runs.set(run, known);
    return known;
  };
  const load = (run: string, document: string): Promise<Document> => {
    const documents = documentsOf(run);
    const known = documents.get(document);
    if (known !== undefined) return known;
    const loading = readBase(files, document).then((base) => new Document(base));
    documents.set(document, loading);
    loading.catch(() => documents.delete(document));
    return loading;
  };
  /** The document, its file read again if it holds something else and nothing is lost by that. */
  const current = async (run: string, name: string): Promise<Document> => {
    const document = await load(run, name);
    for (;;) {
      const { content } = document;
      if (isNamed(name) || stampOf(files, name) === content.stamp) return document;
      const state = await readState(files, name);
      // It was written, or read by another, while this one was reading.
      if (document.content !== content) continue;
      if (state.hash === content.hash) content.stamp = state.stamp;
      else if (state.hash !== document.onItsWay) {
        if (document.isDirty) throw documentChanged(name);
        document.reread(baseOf(name, state, textOf(name, state)));
      }
      return document;
    }
  };
  const existing = (name: string, document: Document): Document => {
    if (document.peek === absent) throw documentMissing(name);
    return document;
  };

  const flushOne = async (
    name: string,
    document: Document,
  ): Promise<{ readonly write: FileChange | undefined; readonly flush: FlushChange }> => {
    const state = await readState(files, name);
    if (state.hash !== document.content.hash) throw documentChanged(name);
    const text = textOf(name, state);
    const first = text === undefined ? undefined : firstText(text, document.back);
    const { value } = document;
    // What has made the file was undone since.
    if (value === absent) {
      const write = text === undefined ? undefined : ({ type: 'remove', path: name } as const);
      return { write, flush: { type: 'flush', document: name, ...document.written('', null) } };
    }
    const { text: changed, back } =
      first === undefined
        ? { text: `${JSON.stringify(value, null, 2)}\n`, back: null }
        : rewrite(first, document.base.value, value);
    const content = changed === text ? undefined : new TextEncoder().encode(changed);
    const hash = content === undefined ? state.hash : hashOf(content);
    document.onItsWay = hash;
    return {
      write: content && { type: 'write', path: name, content },
      flush: { type: 'flush', document: name, ...document.written(hash, back) },
    };
  };

  return {
    name: 'json',
    async open(run, path) {
      const document = isNamed(path) ? path : files.resolve(path);
      const found = await current(run, document);
      return {
        document,
        get value() {
          return found.value;
        },
        get peek() {
          return found.settled;
        },
        touchedBy: (changes) => touchedIn(found.peek, changes),
      };
    },
    async prepare(changes, { run, name, order = '' }) {
      const byDocument = new Map<string, JsonChange[]>();
      const flushes: DocumentFlush[] = [];
      for (const change of changes as readonly (JsonChange | FlushChange)[]) {
        if (change.type === 'flush') {
          const { type: _, ...flush } = change;
          flushes.push(flush);
        } else {
          const known = byDocument.get(change.document) ?? [];
          known.push(plainChange(change));
          byDocument.set(change.document, known);
        }
      }
      const edits: DocumentEdit[] = [];
      for (const [document, wanted] of byDocument) {
        const found = await current(run, document);
        const [first] = wanted;
        if (!(first?.type === 'set' && first.pointer === '')) existing(document, found);
        found.check(wanted);
        edits.push({ document, base: found.content.hash, changes: wanted });
      }
      return encodeIntent({ run, name, order, edits, flushes });
    },
    async apply(text) {
      const { run, name, order, edits, flushes } = decodeIntent(text);
      for (const { document, base, changes } of edits) {
        const found = await load(run, document);
        if (found.content.hash !== base) throw documentChanged(document);
        found.apply({ name, order, changes });
      }
      for (const { document, ...written } of flushes) (await runs.get(run)?.get(document))?.flush(name, written);
    },
    async undo(text) {
      const { run, name, edits, flushes } = decodeIntent(text);
      const conflicts: Conflict[] = [];
      for (const { document } of flushes) (await runs.get(run)?.get(document))?.undoFlush(name);
      for (const { document } of edits)
        if ((await runs.get(run)?.get(document))?.undo(name) === false)
          conflicts.push({ path: document, reason: 'was written to its file since' });
      return conflicts;
    },
    // What is in files is theirs to look at, and the rest is gone with the run.
    check: async () => [],
    sync: async () => {},
    async forget(run) {
      runs.delete(run);
    },
    release: (run) => void runs.delete(run),
    async flush(run, isMeant = () => true) {
      const writes: FileChange[] = [];
      const flushes: FlushChange[] = [];
      for (const [name, loading] of runs.get(run) ?? []) {
        if (isNamed(name) || !isMeant(name)) continue;
        const document = await loading;
        if (!document.isDirty) continue;
        const { write, flush } = await flushOne(name, document);
        if (write !== undefined) writes.push(write);
        flushes.push(flush);
      }
      const touched = flushes.map(({ document }) => document);
      const inFiles: Changes = { workspace: 'files', changes: writes, touched };
      const own: Changes = { workspace: 'json', changes: flushes, touched };
      return flushes.length === 0 ? [] : [...(writes.length > 0 ? [inFiles] : []), own];
    },
    async restore(run, texts) {
      const intents: readonly Intent[] = texts.map(decodeIntent);
      const conflicts: Conflict[] = [];
      runs.delete(run);
      for (const [document, past] of pastsOf(intents)) {
        const state = isNamed(document) ? noFile : await readState(files, document);
        const found = restored(document, state, past);
        if (found === 'changed') conflicts.push({ path: document, reason: 'was changed since the run has read it' });
        else documentsOf(run).set(document, Promise.resolve(found));
      }
      return conflicts;
    },
  };
};

import { createReadStream, type ReadStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { fieldInvalid, fileNotFound, tooManyFiles } from './errors.ts';
import { makeId } from './ids.ts';
import type { Limits } from './limits.ts';
import { type Place, syncFolder } from './place.ts';
import { receiveFile } from './receive-file.ts';
import type { FileRecord, Owner } from './records.ts';
import type { BatchStore, Page } from './store.ts';

export type FileFields = Readonly<Record<string, string>>;
export type FilePage = Pick<Page, 'after' | 'limit'> & { readonly ascending: boolean; readonly purpose?: string };

/** Files of everybody. Methods throw, or reject with, a `BatchRefusal` for what cannot be. */
export interface Files {
  /** Takes the file of a form. `keepMs` and the purpose are read from its fields by `read`, which may refuse them. */
  addFile(
    owner: Owner,
    request: IncomingMessage,
    read: (fields: FileFields) => { keepMs?: number },
  ): Promise<FileRecord>;
  file(owner: Owner, id: string): FileRecord;
  files(owner: Owner, page: FilePage): readonly FileRecord[];
  /** The bytes of a file. */
  content(owner: Owner, id: string): { readonly file: FileRecord; readonly stream: ReadStream };
  deleteFile(owner: Owner, id: string): Promise<void>;
}

export interface FilesOptions {
  readonly store: BatchStore;
  readonly place: Place;
  readonly limits: Limits;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

export const createFiles = ({ store, place, limits, now }: FilesOptions): Files => {
  const ownFile = (owner: Owner, id: string): FileRecord => {
    const file = store.file(owner.id, id);
    if (!file || file.expiresAt <= now()) throw fileNotFound(id);
    return file;
  };

  const checkRoom = (owner: Owner, bytes: number): void => {
    const stored = store.sizeOfFiles(owner.id);
    if (stored.files >= limits.maxFiles) throw tooManyFiles(`${limits.maxFiles}`);
    if (stored.bytes + bytes > limits.maxStoredBytes) throw tooManyFiles(`${limits.maxStoredBytes} bytes`);
  };

  return {
    async addFile(owner, request, read) {
      checkRoom(owner, 0);
      const id = makeId('file-');
      const incoming = place.incoming(id);
      const { filename, bytes, fields } = await receiveFile(request, { path: incoming, maxBytes: limits.maxFileBytes });
      try {
        const { keepMs = limits.keepMs } = read(fields);
        // Others may have come while this one was arriving.
        checkRoom(owner, bytes);
        const at = now();
        const file: FileRecord = {
          id,
          owner: owner.id,
          filename,
          purpose: 'batch',
          bytes,
          createdAt: at,
          expiresAt: at + keepMs,
        };
        await rename(incoming, place.file(id));
        await syncFolder(dirname(place.file(id)));
        store.addFile(file);
        return file;
      } catch (error) {
        await Promise.all([incoming, place.file(id)].map((path) => rm(path, { force: true })));
        throw error;
      }
    },
    file: ownFile,
    files(owner, page) {
      const files = store.files(owner.id, page);
      if (!files) throw fieldInvalid('after', 'names no file of yours.');
      return files;
    },
    content(owner, id) {
      const file = ownFile(owner, id);
      return { file, stream: createReadStream(place.file(id)) };
    },
    async deleteFile(owner, id) {
      ownFile(owner, id);
      store.deleteFile(id);
      await rm(place.file(id), { force: true });
    },
  };
};

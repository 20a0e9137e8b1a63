import { createHash } from 'node:crypto';
import { textInvalid } from '../errors/documents.ts';
import type { Base } from './document.ts';
import type { DocumentFiles } from './document-files.ts';
import { absent } from './json-change.ts';
import { parseDocument } from './parse.ts';

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64url');

/** Whether it is one without a file. */
export const isNamed = (document: string): boolean => document.startsWith('name:');

/** Throws for bytes that would not be the same when they are written again. */
const decodeText = (document: string, bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw textInvalid(document, error);
  }
};

export interface FileState {
  readonly bytes: Uint8Array | undefined;
  /** '' where there is no file. */
  readonly hash: string;
  /** `undefined` where the file may have changed while it was read. */
  readonly stamp: string | undefined;
}

export const noFile: FileState = { bytes: undefined, hash: '', stamp: '' };

export const stampOf = (files: DocumentFiles, document: string): string => files.stamp(document) ?? '';

export const readState = async (files: DocumentFiles, document: string): Promise<FileState> => {
  const stamp = stampOf(files, document);
  if (stamp === '') return { bytes: undefined, hash: '', stamp };
  const bytes = await files.read(document);
  return { bytes, hash: hashOf(bytes), stamp: stampOf(files, document) === stamp ? stamp : undefined };
};

export const textOf = (document: string, { bytes }: FileState): string | undefined =>
  bytes && decodeText(document, bytes);

export const baseOf = (document: string, state: Omit<FileState, 'bytes'>, text: string | undefined): Base => ({
  value: text === undefined ? absent : parseDocument(document, text),
  hash: state.hash,
  stamp: state.stamp,
});

/** Documents without a file begin as an empty object. */
export const namedBase = (): Base => ({ value: {}, hash: '', stamp: '' });

export const readBase = async (files: DocumentFiles, document: string): Promise<Base> => {
  if (isNamed(document)) return namedBase();
  const state = await readState(files, document);
  return baseOf(document, state, textOf(document, state));
};

import zlib from 'node:zlib';
import type { Written } from './document.ts';
import type { JsonChange } from './json-change.ts';

/** What one step changes in one document. */
export interface DocumentEdit {
  readonly document: string;
  /** Hash of what the file held; '' where there was none. */
  readonly base: string;
  readonly changes: readonly JsonChange[];
}

/** That all changes to a document up to here are in its file. */
export interface DocumentFlush extends Written {
  readonly document: string;
}

/**
 * What the journal keeps. There are no inverse changes in it: what a document is without some of its changes is made from what its
 * file holds and the other changes, which is exact also where they have met (a parent that one has made, and another has filled).
 */
export interface Intent {
  readonly run: string;
  readonly name: string;
  /** Where the step stands among those of the run. */
  readonly order: string;
  readonly edits: readonly DocumentEdit[];
  readonly flushes: readonly DocumentFlush[];
}

const compressFrom = 4_096;

export const encodeIntent = (intent: Intent): string => {
  const text = JSON.stringify(intent);
  return text.length < compressFrom ? text : JSON.stringify({ zstd: zlib.zstdCompressSync(text).toString('base64') });
};

export const decodeIntent = (text: string): Intent => {
  const value = JSON.parse(text) as Intent | { readonly zstd: string };
  return 'zstd' in value ? JSON.parse(zlib.zstdDecompressSync(Buffer.from(value.zstd, 'base64')).toString()) : value;
};

/** The documents that steps have changed by an intent of the workspace `json`, which reach their files by one of the workspace `files`. */
export const changedDocuments = (intent: string): readonly string[] =>
  decodeIntent(intent).edits.map(({ document }) => document);

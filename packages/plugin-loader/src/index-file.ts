import { readFileSync } from 'node:fs';
import type { PluginManifest } from './manifest.ts';

/** A file as it was read: its size, when it was written and changed (ms), and its manifest; 0 where there was nothing of interest. */
export type IndexEntry = readonly [size: number, mtimeMs: number, ctimeMs: number, picked: PluginManifest | null | 0];

export interface IndexContent {
  /** By source, then by path. */
  readonly sources: Readonly<Record<string, Readonly<Record<string, IndexEntry>>>>;
  /** Whether versions are in ranges: range, then pairs of version and verdict. */
  readonly verdicts: readonly (readonly [range: string, versions: readonly (readonly [string, boolean | null])[]])[];
}

// Changes with the meaning of what follows it.
const layout = 'hotpath plugin index 1';
const headBytes = 32;

/**
 * One bad word changes it: each step can be undone, so no later one makes up for it. It runs once a start, before anything is compiled:
 * a plain product, exact as it stays below 2^53, costs less there than `Math.imul`, and either less than loading `node:zlib`.
 */
const checksum = (bytes: Uint8Array): number => {
  let hash = bytes.length | 0;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  for (let index = 0; index < words.length; index++) hash = ((hash ^ (words[index] as number)) * 1_000_003) | 0;
  return hash >>> 0;
};

const headOf = (body: Uint8Array): string =>
  `${layout} ${checksum(body).toString(16).padStart(8, '0')}`.padEnd(headBytes - 1).concat('\n');

/** The bytes of an index file: a head with layout and checksum, then JSON, filled up to whole words. */
export const encodeIndex = (content: IndexContent): Uint8Array => {
  const text = Buffer.from(JSON.stringify(content));
  const body = new Uint8Array(Math.ceil(text.length / 4) * 4).fill(32);
  body.set(text);
  return Buffer.concat([Buffer.from(headOf(body)), body]);
};

/** What an index file says; `undefined` where it is missing, cut short, damaged or somebody else's. */
export const readIndex = (path: string): IndexContent | undefined => {
  try {
    const file = readFileSync(path);
    // A view of whole words must begin at one.
    const bytes = file.byteOffset % 4 === 0 ? file : Buffer.from(new Uint8Array(file).buffer);
    const body = bytes.subarray(headBytes);
    if (body.length % 4 !== 0 || bytes.toString('latin1', 0, headBytes) !== headOf(body)) return undefined;
    return JSON.parse(body.toString('utf8')) as IndexContent;
  } catch {
    return undefined;
  }
};

import type { Stored } from './peer.ts';

/** One way to keep values on disk. A write that has returned (or resolved) survives the death of the process. */
export interface DiskCache {
  readonly read: (key: string) => Promise<unknown> | unknown;
  readonly write: (key: string, value: Stored) => Promise<unknown> | unknown;
  /** Many writes at once, for those that gather them: durable when it has returned (or resolved). */
  readonly writeMany?: (entries: readonly (readonly [key: string, value: Stored])[]) => Promise<unknown> | unknown;
  readonly close: () => Promise<unknown> | unknown;
}

export interface DiskPeer {
  readonly name: string;
  readonly note: string;
  /** Too slow for as many operations as the others do. */
  readonly slow: boolean;
  /** Loads the library and opens a cache in `folder`, which exists. */
  readonly open: (folder: string) => Promise<DiskCache>;
}

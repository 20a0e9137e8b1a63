import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { DiskCache } from './disk-peer.ts';

/** A file for each key, in 256 folders; written beside its place and renamed into it, so that no reader meets half of it. */
export const openFiles = (folder: string): DiskCache => {
  const folderOf = (index: number): string => `${folder}/${index.toString(16).padStart(2, '0')}`;
  for (let index = 0; index < 256; index += 1) mkdirSync(folderOf(index), { recursive: true });
  const pathOf = (key: string): string => `${folderOf(crc32(key) & 255)}/${encodeURIComponent(key)}`;
  return {
    read: (key) => {
      try {
        return JSON.parse(readFileSync(pathOf(key), 'utf8'));
      } catch {
        return undefined;
      }
    },
    write: (key, value) => {
      const path = pathOf(key);
      writeFileSync(`${path}.${process.pid}`, JSON.stringify(value));
      renameSync(`${path}.${process.pid}`, path);
    },
    close: () => {},
  };
};

import { dirname } from 'node:path';
import { writeAtomicallySync } from './atomic-write.ts';
import { withFileLock } from './file-lock.ts';
import { type FileStamp, isSettled, stampOf, statOf } from './file-stamps.ts';
import { fs } from './file-system.ts';
import { makeFolder } from './make-folder.ts';

/** What is remembered of a plugin that gave trouble. */
export interface TroubleRecord {
  /** The build it holds for: another version, or changed code, begins anew. */
  readonly build: string;
  /** All its files at the last failure: once any of them is changed, failures begin anew. */
  readonly files?: string;
  /** How often the process died while it alone was being loaded, or of what its code did outside of any call. */
  readonly crashes: number;
  /** How often in a row its import or activation failed, or its worker died. */
  readonly failures: number;
  /** The process died while it and others were being loaded: it is loaded alone until that is cleared up. */
  readonly isSuspect: boolean;
  /** When it last gave trouble after it had been loaded, ISO 8601: for a day, that it can be loaded clears nothing up. */
  readonly lateAt?: string;
  /** Code of its last failure. */
  readonly lastCode?: string;
  /** Since when it is skipped, ISO 8601. */
  readonly quarantinedAt?: string;
}

/** The records of all plugins, as the file had them and as they became since. */
export interface TroubleRecords {
  names(): readonly string[];
  get(name: string): TroubleRecord | undefined;
  /** Forgets a record that does not hold any more; the file keeps it until the plugin gives trouble again. */
  drop(name: string): void;
  /**
   * Puts into the file what is made of a plugin's record as it stands there now, other processes' changes included; `undefined` takes it
   * out.
   */
  update(name: string, change: (now: TroubleRecord | undefined) => TroubleRecord | undefined): void;
  /** The file as it was when it was read; `undefined` where it was changed only just before. */
  stamp(): FileStamp | undefined;
}

const read = (file: string): Map<string, TroubleRecord> => {
  try {
    const parsed = JSON.parse(fs.readFileSync(file, 'utf8')) as { plugins?: Record<string, TroubleRecord> };
    return new Map(
      Object.entries(parsed.plugins ?? {}).filter(
        ([, { build, crashes, failures }]) =>
          typeof build === 'string' && Number.isInteger(crashes) && Number.isInteger(failures),
      ),
    );
  } catch {
    // Missing or damaged: nothing is held against anybody.
    return new Map();
  }
};

const put = (records: Map<string, TroubleRecord>, name: string, record: TroubleRecord | undefined): void => {
  if (record === undefined) records.delete(name);
  else records.set(name, record);
};

/** Processes that write at once do so one after another, and count all they count. A fault of writing is told once. */
export const openTroubleRecords = (file: string, onFault: (error: unknown) => void): TroubleRecords => {
  const stats = statOf(file);
  const isFileSettled = isSettled(stats, Date.now());
  const records = read(file);
  let isFaulty = false;

  const updateFile = (name: string, change: (now: TroubleRecord | undefined) => TroubleRecord | undefined): void => {
    makeFolder(dirname(file));
    withFileLock(`${file}.lock`, () => {
      const all = read(file);
      const before = all.get(name);
      const record = change(before);
      put(records, name, record);
      if (record === before) return;
      put(all, name, record);
      writeAtomicallySync(file, `${JSON.stringify({ layout: 2, plugins: Object.fromEntries(all) }, null, 2)}\n`);
    });
  };

  return {
    names: () => [...records.keys()].sort(),
    get: (name) => records.get(name),
    drop: (name) => {
      records.delete(name);
    },
    update: (name, change) => {
      const known = records.get(name);
      try {
        if (!isFaulty) return updateFile(name, change);
      } catch (error) {
        isFaulty = true;
        onFault(error);
      }
      put(records, name, change(known));
    },
    stamp: () => (isFileSettled ? stampOf(file, stats) : undefined),
  };
};

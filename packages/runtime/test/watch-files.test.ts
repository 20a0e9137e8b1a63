import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FileWatch, type FileWatchOptions, watchFiles } from '../src/watch-files.ts';

let folder: string;
let file: string;
let watch: FileWatch | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-watch-'));
  file = join(folder, 'hotpath.config.yaml');
  writeFileSync(file, 'one');
});

afterEach(() => {
  watch?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Watches, and tells of each change as it comes. */
const start = async (files: readonly string[], options: FileWatchOptions = {}) => {
  let changes = 0;
  let heard = Promise.withResolvers<void>();
  watch = watchFiles(
    () => {
      changes += 1;
      heard.resolve();
      heard = Promise.withResolvers<void>();
    },
    { settleMs: 5, pollMs: 1_000_000, ...options },
  );
  await watch.follow(files, Date.now());
  return {
    watch,
    /** Does something, and waits for the change that it must be. */
    async after(work: () => void) {
      const { promise } = heard;
      work();
      await promise;
    },
    changes: () => changes,
  };
};

// By events alone, then by looking alone: each must do without the other.
describe.each([
  ['events', {}],
  ['looking', { events: false, pollMs: 5 }],
] as const)('a change found by %s', (_, options) => {
  it('is one that was written in place', async () => {
    const { after } = await start([file], options);
    await after(() => writeFileSync(file, 'two'));
    await after(() => writeFileSync(file, 'three'));
  });

  it('is one that took the place by a rename, as editors do it, again and again', async () => {
    const { after } = await start([file], options);
    for (const text of ['two', 'three', 'four']) {
      await after(() => {
        writeFileSync(`${file}~`, text);
        renameSync(`${file}~`, file);
      });
    }
  });

  it('is one behind links that lead elsewhere, as Kubernetes mounts them', async () => {
    const mount = join(folder, 'mount');
    for (const version of ['..1', '..2', '..3']) {
      mkdirSync(join(mount, version), { recursive: true });
      writeFileSync(join(mount, version, 'hotpath.config.yaml'), version);
    }
    symlinkSync('..1', join(mount, '..data'));
    symlinkSync('..data/hotpath.config.yaml', join(mount, 'hotpath.config.yaml'));
    const { after } = await start([join(mount, 'hotpath.config.yaml')], options);
    for (const version of ['..2', '..3']) {
      await after(() => {
        symlinkSync(version, join(mount, '..data_tmp'));
        renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
      });
    }
  });

  it('is a file that vanishes, and one that comes back', async () => {
    const { after } = await start([file], options);
    await after(() => unlinkSync(file));
    await after(() => writeFileSync(file, 'one'));
    await after(() => writeFileSync(file, 'two'));
  });

  it('is one of any of the files', async () => {
    const other = join(folder, 'parts', 'models.json');
    mkdirSync(join(folder, 'parts'));
    writeFileSync(other, '{}');
    const { after } = await start([file, other], options);
    await after(() => writeFileSync(other, '{"a":1}'));
    await after(() => writeFileSync(file, 'two'));
  });
});

describe('a watch', () => {
  it('finds a folder put in the place of another, which sends no event', async () => {
    const releases = ['a', 'b'].map((name) => join(folder, name));
    for (const release of releases) {
      mkdirSync(release);
      writeFileSync(join(release, 'hotpath.config.yaml'), release);
    }
    symlinkSync('a', join(folder, 'current'));
    const { after } = await start([join(folder, 'current', 'hotpath.config.yaml')], { pollMs: 5 });
    await after(() => {
      symlinkSync('b', join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'current'));
    });
  });

  it('takes many writes in a row for one change', async () => {
    const { after, changes } = await start([file], { settleMs: 40 });
    await after(() => {
      for (let write = 0; write < 50; write += 1) writeFileSync(file, `text ${write}`);
    });
    // Whatever else was to come has come when another change is heard of.
    await after(() => writeFileSync(file, 'the last'));
    expect(changes()).toBe(2);
  });

  it('says nothing of other files in the folder', async () => {
    const { after, changes } = await start([file]);
    writeFileSync(join(folder, 'notes.txt'), 'not it');
    await after(() => writeFileSync(file, 'two'));
    expect(changes()).toBe(1);
  });

  it('misses no change between a load and following again', async () => {
    const { watch, after } = await start([file]);
    await after(() => writeFileSync(file, 'two'));
    const { promise, resolve } = Promise.withResolvers<void>();
    const second = after(() => writeFileSync(file, 'three')).then(resolve);
    await watch.follow([file, join(folder, 'another.yaml')], Date.now());
    await promise;
    await second;
  });

  it('hears of what was written since the files were read', async () => {
    let changes = 0;
    await new Promise<void>((resolve) => {
      watch = watchFiles(
        () => {
          changes += 1;
          resolve();
        },
        { settleMs: 5, pollMs: 1_000_000 },
      );
      // Long before the file was made.
      void watch.follow([file], 1_000_000);
    });
    expect(changes).toBe(1);
  });

  it('is over when it is closed', async () => {
    const { watch, after, changes } = await start([file], { pollMs: 5 });
    await after(() => writeFileSync(file, 'two'));
    watch.close();
    writeFileSync(file, 'three');
    const other = await start([file], { pollMs: 5 });
    await other.after(() => writeFileSync(file, 'four'));
    expect(changes()).toBe(1);
  });

  it('goes on where a folder cannot be watched', async () => {
    const missing = join(folder, 'later', 'hotpath.config.yaml');
    const { after } = await start([missing], { pollMs: 5 });
    await after(() => {
      mkdirSync(join(folder, 'later'));
      writeFileSync(missing, 'one');
    });
    await after(() => writeFileSync(missing, 'two'));
  });
});

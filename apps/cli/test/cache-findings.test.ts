import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findPermissions, judgeFile, judgeFolder } from '../src/cache-findings.ts';

const own = 1000;
const another = 1001;
const root = 0;
const ownFolder = 'Move cache.path into a folder of its own.';

describe('a folder', () => {
  it('is in order where nobody else may write to it, be it for root to look after', () => {
    for (const mode of [0o700, 0o750, 0o755]) {
      expect(judgeFolder('/f', { mode, uid: own }, own)).toBeUndefined();
      expect(judgeFolder('/f', { mode, uid: root }, own)).toBeUndefined();
    }
    expect(judgeFolder('/f', { mode: 0o700, uid: another }, root)).toBeUndefined();
  });

  it('of the user that others may write to can be closed to them', () => {
    expect(judgeFolder('/f', { mode: 0o775, uid: own }, own)).toMatchObject({
      level: 'problem',
      message: expect.stringContaining('may write to /f (775): they can replace the file'),
      advice: 'Move cache.path into a folder of its own, or: chmod go-w /f',
    });
  });

  it('that is there for everybody is left as it is', () => {
    const shared = [
      { mode: 0o1777, uid: root, by: own },
      { mode: 0o1777, uid: own, by: own },
      { mode: 0o1777, uid: root, by: root },
      { mode: 0o777, uid: root, by: own },
      { mode: 0o777, uid: root, by: root },
      { mode: 0o777, uid: another, by: own },
      { mode: 0o777, uid: another, by: root },
    ];
    for (const { by, ...status } of shared) {
      expect(judgeFolder('/tmp', status, by)).toMatchObject({ level: 'problem', advice: ownFolder });
    }
    expect(judgeFolder('/tmp', { mode: 0o1777, uid: root }, own)?.message).toContain(
      '(1777): they can put files beside',
    );
  });

  it('of another user is not to be trusted, whatever its mode', () => {
    expect(judgeFolder('/f', { mode: 0o755, uid: another }, own)).toMatchObject({ advice: ownFolder });
  });
});

describe('a file', () => {
  it('is for its user alone', () => {
    expect(judgeFile('/f/x', { mode: 0o100600, uid: own }, own)).toBeUndefined();
    expect(judgeFile('/f/x', { mode: 0o100640, uid: own }, own)).toMatchObject({ advice: 'chmod 600 /f/x' });
  });

  it('of another user is not ours to change', () => {
    expect(judgeFile('/f/x', { mode: 0o100644, uid: another }, own)?.advice).toMatch(/run as its owner\.$/);
    expect(judgeFile('/f/x', { mode: 0o100644, uid: another }, root)?.advice).toBe('chmod 600 /f/x');
  });
});

describe.skipIf(process.platform === 'win32')('the permissions of a path', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hotpath-findings-'));
    path = join(folder, 'answers.sqlite');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are those of file and folder', async () => {
    writeFileSync(path, '', { mode: 0o600 });
    expect(await findPermissions(path)).toEqual([expect.objectContaining({ level: 'ok' })]);
    chmodSync(path, 0o644);
    chmodSync(folder, 0o1777);
    expect((await findPermissions(path)).map(({ advice }) => advice)).toEqual([`chmod 600 ${path}`, ownFolder]);
  });

  it('are none of what is no file', async () => {
    mkdirSync(path, { mode: 0o755 });
    expect(await findPermissions(path)).toEqual([]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeOverlayFolders } from '../../src/shell/overlay.ts';
import { overlayChanges } from '../../src/shell/overlay-changes.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Times of files are those of the last tick of the kernel. */
const nextTick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('what others make while a command runs', () => {
  it('after the command has looked is nothing that it took away; what it took away is', async () => {
    const folder = tempFolder();
    const root = join(folder, 'root');
    mkdirSync(root);
    for (const name of ['stays', 'goes']) writeFileSync(join(root, name), '');
    const folders = makeOverlayFolders(join(folder, 'own'));
    await nextTick();
    writeFileSync(folders.members, './stays\0');
    writeFileSync(join(root, 'of others'), 'theirs');
    expect(overlayChanges(root, folders)).toEqual([{ type: 'remove', path: 'goes' }]);
  });
});

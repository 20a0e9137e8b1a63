import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FileSystem, filesWorkspace } from '../../src/files.ts';
import { simulatedFileSystem, testWorkspace } from '../../src/testing.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';
import { temporaryFolders } from './support/temporary-folders.ts';

const newFolder = temporaryFolders();
const change = (path: string, content: string | undefined) =>
  content === undefined ? ({ type: 'remove', path } as const) : ({ type: 'write', path, content } as const);

testWorkspace('filesWorkspace on this machine', () => {
  const root = newFolder();
  const place = (name: string): string => join(root, name);
  return {
    workspace: filesWorkspace({ root }),
    reopen: () => filesWorkspace({ root }),
    change,
    read: (name) =>
      statSync(place(name), { throwIfNoEntry: false }) === undefined ? undefined : readFileSync(place(name), 'utf8'),
    put: (name, value) => (value === undefined ? rmSync(place(name)) : writeFileSync(place(name), value)),
  };
});

testWorkspace('filesWorkspace on the simulation', () => {
  const fileSystem = simulatedFileSystem();
  fileSystem.seed('/root', { folder: true });
  const open = (system: FileSystem = fileSystem) => filesWorkspace({ root: '/root', fileSystem: system });
  return {
    workspace: open(),
    reopen: () => open(),
    change,
    read: (name) => (fileSystem.tree('/root')[name] as { content: string } | undefined)?.content,
    put: (name, value) => fileSystem.seed(`/root/${name}`, value === undefined ? undefined : { content: value }),
  };
});

testWorkspace('a workspace in memory', () => {
  const texts = new Map<string, string>();
  return {
    workspace: memoryWorkspace(texts),
    reopen: () => memoryWorkspace(texts),
    change: (path: string, value: string | undefined) => ({ path, value }),
    read: (name) => texts.get(name),
    put: (name, value) => void (value === undefined ? texts.delete(name) : texts.set(name, value)),
  };
});

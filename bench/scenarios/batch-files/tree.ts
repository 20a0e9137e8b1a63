import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = 40;
const perFolder = 50;
export const fileCount = folders * perFolder;
export const editCount = 50;

const pathOf = (file: number): string => `folder-${file % folders}/file-${Math.floor(file / folders)}.ts`;
const textOf = (path: string, version: number): string =>
  `// ${path}\nexport const version = ${version};\n${'export const line = "as many files have it";\n'.repeat(40)}`;

/** Makes a tree of 2,000 files of 2 KB. */
export const makeTree = (root: string): void => {
  for (let folder = 0; folder < folders; folder += 1) mkdirSync(join(root, `folder-${folder}`), { recursive: true });
  for (let file = 0; file < fileCount; file += 1) writeFileSync(join(root, pathOf(file)), textOf(pathOf(file), 0));
};

export interface Edit {
  readonly path: string;
  readonly content: string;
}

/** The edits of one repeat: others than those of the last, in all folders. */
export const editsOf = (repeat: number): readonly Edit[] =>
  Array.from({ length: editCount }, (_, at) => {
    const path = pathOf((repeat * editCount + at * 41) % fileCount);
    return { path, content: textOf(path, repeat + 1) };
  });

export const checkEdits = (root: string, edits: readonly Edit[]): void => {
  if (new Set(edits.map(({ path }) => path)).size !== editCount) throw new Error('A repeat edits one file twice.');
  for (const { path, content } of edits)
    if (readFileSync(join(root, path), 'utf8') !== content) throw new Error(`${path} does not hold what was written.`);
};

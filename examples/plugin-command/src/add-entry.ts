import { readFile, rename, writeFile } from 'node:fs/promises';

const readIfThere = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
};

/** Puts an entry before the others, after the title and whatever else stands at the top. The file is replaced in one step. */
export const addEntry = async (file: string, entry: string): Promise<void> => {
  const text = (await readIfThere(file)) || '# Changelog\n';
  const first = text.search(/^## /m);
  const [head, rest] = first === -1 ? [text, ''] : [text.slice(0, first), text.slice(first)];
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, `${head.trimEnd()}\n\n${entry}${rest === '' ? '' : `\n${rest}`}`);
  await rename(draft, file);
};

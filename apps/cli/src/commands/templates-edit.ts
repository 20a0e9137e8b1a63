import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from '../command.ts';
import { CliError, usageError } from '../errors.ts';
import { makeFolder, sharedFolder } from '../make-folder.ts';
import { checkTemplateName, listTemplates, readTemplate, templateFolders } from '../templates/find.ts';
import { note, writeOut } from '../terminal.ts';

const name = 'templates edit';

const beginning = `---
description: What it is for
# model: openai/gpt-4.1-mini
# system: Answer in one sentence.
# defaults:
#   language: English
# schema: name, age int, tags str[]
---
Say it in {{language}}:

{{input}}
`;

/** What the user has set; every Windows has Notepad, and no other system one editor that is always there. */
export const editorOf = (
  { VISUAL, EDITOR }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform = process.platform,
): string | undefined => VISUAL?.trim() || EDITOR?.trim() || (platform === 'win32' ? 'notepad' : undefined);

/** Waits for the editor, which has the terminal. Its setting is a command line, as other programs take it. */
const openEditor = (editor: string, file: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const failed = (problem: string): CliError =>
      new CliError('CLI_EDITOR_FAILED', `the editor "${editor}" ${problem}. Set VISUAL or EDITOR to one that works.`);
    const child =
      process.platform === 'win32'
        ? spawn(`${editor} "${file}"`, { shell: true, stdio: 'inherit' })
        : spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', file], { stdio: 'inherit' });
    child.on('error', (error) => reject(failed(`could not be started (${error.message})`)));
    child.on('exit', (code, signal) => (code === 0 ? resolve() : reject(failed(`ended with ${signal ?? code}`))));
  });

export const templatesEdit = defineCommand({
  name,
  summary: 'Write or change a template in your editor',
  argument: '<name>',
  description: `Opens $VISUAL, else $EDITOR, on Windows else Notepad. What does not exist yet is begun as Markdown, in your
configuration folder or with --project in .hotpath/templates here; one that is left as it was begun is not kept.`,
  flags: {
    project: { type: 'boolean', description: "Begin a new one in this project's folder" },
    json: { type: 'boolean', description: 'Print one JSON object: its name and path' },
  },
  examples: ['hotpath templates edit review', 'EDITOR="code --wait" hotpath templates edit review --project'],
  ownSignals: true,
  async run({ flags, positionals }) {
    const [asked, ...others] = positionals;
    if (asked === undefined || others.length > 0) throw usageError('Name one template.', name);
    const editor = editorOf(process.env);
    if (!editor)
      throw new CliError('CLI_EDITOR_FAILED', 'no editor is set. Set VISUAL or EDITOR, such as EDITOR=vi.', 2);
    const folders = await templateFolders();
    const existing = listTemplates(folders).find(
      (template) => template.name === asked && (!flags.project || template.source === 'project'),
    );
    const source = flags.project ? 'project' : 'user';
    const found = existing ?? {
      name: checkTemplateName(asked, name),
      file: join(folders[source], `${asked}.md`),
      source,
    };
    const { file } = found;
    if (!existing) {
      makeFolder(folders[source], sharedFolder);
      writeFileSync(file, beginning, { flag: 'wx' });
    }
    // Ctrl-C is the editor's.
    const ignore = (): void => {};
    process.on('SIGINT', ignore);
    try {
      await openEditor(editor, file);
    } finally {
      process.off('SIGINT', ignore);
      if (!existing && readFileSync(file, 'utf8') === beginning) rmSync(file);
    }
    if (!existing && !listTemplates(folders).some((template) => template.file === file)) {
      note('Nothing was written, and nothing is kept.');
      return 1;
    }
    await readTemplate(found);
    if (flags.json) await writeOut(`${JSON.stringify({ name: asked, path: file })}\n`);
    else note(`Kept ${file}. Ask with it: hotpath ask -t ${asked}`);
    return 0;
  },
});

import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { entry, freshMachine } from './built.ts';
import { hasScript, onTerminal, type Terminal } from './pseudo-terminal.ts';

const machine = freshMachine();
const folder = `${machine.folder}/bin`;
const environment = { PATH: `${folder}:${process.env.PATH}`, TERM: 'xterm', HISTFILE: '' };
let terminal: Terminal | undefined;

beforeAll(async () => {
  mkdirSync(folder);
  // What a list is asked for is the real one; whatever else was completed is told.
  chmodSync(
    machine.write(
      'bin/hotpath',
      `#!/bin/sh\n[ "$2" != list ] || exec "${process.execPath}" "${entry}" "$@"\nprintf 'GOT'; printf ' <%s>' "$@"; echo\n`,
    ),
    0o755,
  );
  mkdirSync(`${machine.folder}/.hotpath/templates`, { recursive: true });
  machine.write('.hotpath/templates/translate.md', 'Say it in {{language}}\n');
  machine.write('questions.jsonl', '{}\n');
  for (const shell of ['bash', 'zsh']) {
    machine.write(`${shell}.sh`, (await machine.run(['completions', shell])).stdout);
  }
  machine.write('zshrc', '');
  await machine.run(['ask', 'hello']);
  await machine.run(['keys', 'create', 'laptop']);
  mkdirSync(`${machine.folder}/home/cache`, { recursive: true });
  machine.write('home/cache/models.txt', 'up/one\nup/two:8b\nup/two:70b\n');
});
afterEach(() => terminal?.kill());

const shells: readonly (readonly [shell: string, start: string])[] = [
  ['bash', 'bash --norc --noprofile -i'],
  ['zsh', 'zsh -f -i'],
];

describe.skipIf(!hasScript).each(shells)('completion in %s (needs script of util-linux)', (shell, start) => {
  const isThere = spawnSync(shell, ['-c', ':']).status === 0;

  it.skipIf(!isThere)('brings what was begun to its end', async () => {
    const opened = onTerminal(machine, start, { ...environment, ZDOTDIR: machine.folder });
    terminal = opened;
    const got: string[] = [];
    const complete = async (line: string): Promise<string | undefined> => {
      opened.type(`${line}\r`);
      while (got.length === 0) await once(opened.child.stdout, 'data');
      return got.shift();
    };
    let last = '';
    opened.child.stdout.on('data', (text) => {
      const lines = (last + text).split('\r\n');
      last = lines.pop() ?? '';
      // Bash ends its line with a carriage return alone.
      for (const line of lines) if (/(?:^|\r)GOT/.test(line)) got.push(line.slice(line.indexOf('GOT')));
    });
    expect(await complete(`. ./${shell}.sh; printf 'G'; echo 'OT all'`)).toBe('GOT all');
    const wanted: Readonly<Record<string, string>> = {
      'hotpath conf\tche\t--js\t': 'GOT <config> <check> <--json>',
      'hotpath batch que\t': 'GOT <batch> <questions.jsonl>',
      'hotpath ask --schema que\t': 'GOT <ask> <--schema> <questions.jsonl>',
      'hotpath ask --schema=que\t': 'GOT <ask> <--schema=questions.jsonl>',
      'hotpath ask --model up/o\t': 'GOT <ask> <--model> <up/one>',
      'hotpath ask --model=up/o\t': 'GOT <ask> <--model=up/one>',
      'hotpath ask --model=up/two:7\t': 'GOT <ask> <--model=up/two:70b>',
      'hotpath ask --fallback up/one,up/two:7\t': 'GOT <ask> <--fallback> <up/one,up/two:70b>',
      'hotpath ask -t trans\t': 'GOT <ask> <-t> <translate>',
      'hotpath templates show tr\t': 'GOT <templates> <show> <translate>',
      'hotpath keys show la\t': 'GOT <keys> <show> <laptop>',
      'hotpath config get cache.ttl\t': 'GOT <config> <get> <cache.ttlMs>',
      'hotpath serve --log-level si\t': 'GOT <serve> <--log-level> <silent>',
      'hotpath exec --url http://x -- hotpa\tconfig\t': 'GOT <exec> <--url> <http://x> <--> <hotpath> <config>',
      'hotpath exec -- cat questi\t': 'GOT <exec> <--> <cat> <questions.jsonl>',
    };
    const completed: Record<string, string | undefined> = {};
    for (const line of Object.keys(wanted)) completed[line] = await complete(line);
    expect(completed).toEqual(wanted);
    // There is one conversation, with an id that nobody knows before.
    expect(await complete('hotpath conversations show \t')).toMatch(/^GOT <conversations> <show> <[a-z0-9]{6,}>$/);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, helpOfAll } from '../src/catalogue.ts';
import { commandGroups } from '../src/command-groups.ts';
import { renderGroupHelp, renderHelp } from '../src/help.ts';
import { parseArguments } from '../src/parse.ts';
import { freshMachine, outcomeOf } from './built.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const machine = freshMachine();
const plain = { columns: 80, bold: (text: string) => text };

describe('the help', () => {
  it.each(catalogue)('of $name names every flag and has examples that parse', async ({ name, summary, load }) => {
    const command = await load();
    expect([command.name, command.summary]).toEqual([name, summary]);
    const help = renderHelp(command, plain);
    for (const flag of [...Object.keys(command.flags), 'help']) expect(help).toContain(`--${flag}`);
    expect(help).toMatch(/\nExamples\n {2}\S/);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const args of [
      [...name.split(' '), '--help'],
      ['help', ...name.split(' ')],
    ]) {
      expect(await machine.run(args)).toEqual({ code: 0, stdout: help, stderr: '' });
    }
  });

  const firstWords = catalogue.flatMap(({ name }) => (name.includes(' ') ? [name.split(' ')[0]] : []));

  it('exists for each first word that several commands share, and for no other', () => {
    expect(commandGroups.map(({ name }) => name).sort()).toEqual([...new Set(firstWords)].sort());
  });

  it.each(commandGroups)('of "hotpath $name" lists its commands with examples that parse', async (group) => {
    const { name, summary, examples } = group;
    const help = renderGroupHelp(group, catalogue, plain);
    expect(help).toContain(`hotpath ${name}: ${summary}\n`);
    for (const entry of catalogue) {
      const isListed = new RegExp(`^ {2}${entry.name} {2,}${entry.summary}$`, 'm').test(help);
      expect([entry.name, isListed]).toEqual([entry.name, entry.name.startsWith(`${name} `)]);
    }
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(help).toMatch(/\nExamples\n {2}\S/);
    for (const example of examples) {
      expect(help.replaceAll(' \\\n      ', ' ')).toContain(`\n  ${example}\n`);
      const [, ...words] = example.replace(/ \|.*/, '').split(' ');
      const command = await catalogue.find((entry) => entry.name === words.slice(0, 2).join(' '))?.load();
      expect(command?.name.split(' ')[0]).toBe(name);
      if (command !== undefined) parseArguments(command, words.slice(2));
    }

    for (const args of [
      [name, '--help'],
      [name, '-h'],
      ['help', name],
      [name, '--json', '-h'],
    ]) {
      expect(await machine.run(args)).toEqual({ code: 0, stdout: help, stderr: '' });
    }
    // Without a second word nothing can be done, and asking for help behind `--` is not asking.
    const message = `"hotpath ${name}" needs a second word.`;
    for (const args of [[name], [name, '--json'], [name, '--', '--help']]) {
      const stdout = args[1] === '--json' ? `${JSON.stringify({ error: { code: 'CLI_USAGE', message } })}\n` : '';
      expect(await machine.run(args)).toEqual({
        code: 2,
        stdout,
        stderr: `hotpath [CLI_USAGE]: ${message}\n\n${help}`,
      });
    }
  });

  it('at the top lists every command', async () => {
    for (const { name, summary } of catalogue) expect(helpOfAll()).toMatch(new RegExp(`${name} +${summary}`));
    for (const line of helpOfAll().split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const args of [[], ['--help'], ['-h'], ['help']]) {
      expect(await machine.run(args)).toEqual({ code: 0, stdout: helpOfAll(), stderr: '' });
    }
  });
});

describe('the entry', () => {
  it('tells the version', async () => {
    for (const flag of ['--version', '-V']) {
      expect(await machine.run([flag])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('says in one line that a Node is too old', async () => {
    for (const old of ['18.20.8', '22.17.1']) {
      const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${old}' } })`;
      const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`];
      const { code, stdout, stderr } = await machine.run(['--version'], { nodeArgs });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^hotpath \[CLI_NODE_TOO_OLD\]: needs Node\.js 22\.18 or newer, and this is v.*\n$/);
    }
  });

  it.each([[['--version']], [['--help']], [['help', 'ask']], [['models']], [['config', 'check']]])(
    'ends quietly where nobody reads: %j',
    async (args) => {
      const child = machine.start(args);
      child.stdout.destroy();
      const { code, stderr } = await outcomeOf(child);
      expect(code).toBe(0);
      expect(stderr).not.toMatch(/EPIPE|^\s+at /m);
    },
  );

  it.each([
    [['aks'], 'There is no command "aks". Did you mean "ask"?'],
    [['config', 'chek'], 'There is no command "config chek". Did you mean "config check"?'],
    [['cache', 'stat'], 'There is no command "cache stat". Did you mean "cache stats"?'],
    [['help', 'cache', 'quite-something-else'], 'There is no command "cache quite-something-else".'],
    [['help', 'modles'], 'There is no command "modles". Did you mean "models"?'],
    [['--verison'], 'There is no option "--verison". Did you mean "--version"?'],
    [['quite-something-else'], 'There is no command "quite-something-else".'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await machine.run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.split('\n')[0]).toBe(`hotpath [CLI_USAGE]: ${message}`);
  });

  it('refers to the help that tells more', async () => {
    expect((await machine.run(['cache', 'stat'])).stderr).toContain('Run "hotpath cache --help" for usage.');
    expect((await machine.run(['aks'])).stderr).toContain('Run "hotpath --help" for usage.');
  });
});

describe('every command', () => {
  it.each(catalogue)('has --json, or prints it: $name', async ({ load }) => {
    expect(Object.keys((await load()).flags)).toContain('json');
  });

  it.each([
    [['ask', '--json', '--bogus'], 'json', 'There is no option --bogus.'],
    [['ask', '--temperature', 'hot', '--stream-json'], 'stream-json', '--temperature needs a number'],
    [['ask', '--stream-json', '--config', 'none.yaml', 'hi'], 'stream-json', 'none.yaml'],
    [['config', 'get', 'a', 'b', '--json'], 'json', 'Name one setting'],
    [['modles', '--json'], 'json', 'There is no command "modles".'],
    [['config', 'chek', '--json'], 'json', 'There is no command "config chek".'],
    [['exec', '--json', '--no-such', '--', 'true'], 'json', 'There is no option --no-such.'],
  ])('tells a machine what is wrong with the command line: %j', async (args, form, message) => {
    const { stdout, stderr } = await machine.run(args);
    const told = JSON.parse(stdout);
    expect(told.error.message).toContain(message);
    expect(Object.keys(told)).toEqual(form === 'json' ? ['error'] : ['type', 'error']);
    expect(stderr).toContain(`hotpath [${told.error.code}]: `);
  });

  it.each([
    [['exec', '--no-such', '--', 'true', '--json']],
    [['exec', '--no-such', 'true', '--json']],
    [['ask', '--bogus', '--', '--json']],
    [['serve', '--bogus', '--stream-json']],
  ])('tells nobody in JSON who has not asked for it: %j', async (args) => {
    expect(await machine.run(args)).toMatchObject({ code: 2, stdout: '' });
  });

  it('says nothing but errors and results with --quiet', async () => {
    const loud = await machine.run(['models', '--json']);
    expect(loud.stderr).toContain('the simulator answers');
    expect(await machine.run(['models', '--json', '--quiet'])).toEqual({ ...loud, stderr: '' });
    const { code, stderr } = await machine.run(['config', 'get', 'nothing', '--quiet']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('nothing is not set') });
  });

  it('shows a stack with --debug, and never without', async () => {
    const stack = /^ +at /m;
    expect((await machine.run(['config', 'get', 'nothing'])).stderr).not.toMatch(stack);
    expect((await machine.run(['config', 'get', 'nothing', '--debug'])).stderr).toMatch(stack);
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue, helpOfAll } from '../src/catalogue.ts';
import { commandGroups } from '../src/command-groups.ts';
import { renderGroupHelp, renderHelp } from '../src/help.ts';
import { parseArguments } from '../src/parse.ts';
import { freshMachine, outcomeOf } from './built.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const machine = freshMachine();

describe('the help', () => {
  it.each(catalogue)('of $name names every flag and has examples that parse', async ({ name, summary, load }) => {
    const command = await load();
    expect([command.name, command.summary]).toEqual([name, summary]);
    const help = renderHelp(command, (text) => text);
    for (const flag of [...Object.keys(command.flags), 'help']) expect(help).toContain(`--${flag}`);
    expect(help).toMatch(/\nExamples\n {2}\S/);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(132);
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
    const help = renderGroupHelp(group, catalogue, (text) => text);
    expect(help).toContain(`hotpath ${name}: ${summary}\n`);
    for (const entry of catalogue) {
      const isListed = new RegExp(`^ {2}${entry.name} {2,}${entry.summary}$`, 'm').test(help);
      expect([entry.name, isListed]).toEqual([entry.name, entry.name.startsWith(`${name} `)]);
    }
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(132);
    expect(help).toMatch(/\nExamples\n {2}\S/);
    for (const example of examples) {
      expect(help).toContain(`\n  ${example}\n`);
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
    for (const args of [[name], [name, '--json'], [name, '--', '--help']]) {
      const refusal = `hotpath [CLI_USAGE]: "hotpath ${name}" needs a second word.\n\n${help}`;
      expect(await machine.run(args)).toEqual({ code: 2, stdout: '', stderr: refusal });
    }
  });

  it('at the top lists every command', async () => {
    for (const { name, summary } of catalogue) expect(helpOfAll()).toMatch(new RegExp(`${name} +${summary}`));
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

describe('completions', () => {
  const hasBash = spawnSync('bash', ['--version']).status === 0;
  const complete = async (...words: string[]): Promise<readonly string[]> => {
    const { stdout: script } = await machine.run(['completions', 'bash']);
    const quoted = ['hotpath', ...words].map((word) => `'${word}'`).join(' ');
    // As bash has split it, at colons too.
    const line = ['hotpath', ...words].join(' ').replaceAll(/ : ?/g, ':');
    const point = `COMP_LINE='${line}'; COMP_POINT=${line.length}`;
    const trial = `${script}\nCOMP_WORDS=(${quoted}); COMP_CWORD=${words.length}; ${point}; _hotpath; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', trial], { encoding: 'utf8' });
    if (stderr !== '') throw new Error(stderr);
    return stdout.trim().split(/\s+/);
  };

  it.skipIf(!hasBash)('offer commands, second words and flags in bash', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['ask', 'serve', 'models', 'config', 'help']));
    expect(await complete('se')).toEqual(['serve']);
    expect(await complete('config', 'c')).toEqual(['check']);
    expect(await complete('config', 'check', '--j')).toEqual(['--json']);
    expect(await complete('cache', '')).toEqual(
      expect.arrayContaining(['stats', 'get', 'invalidate', 'clear', 'warm', 'export', 'import', 'doctor']),
    );
    expect(await complete('cache', 'do')).toEqual(['doctor']);
    expect(await complete('cache', 'invalidate', '--t')).toEqual(['--tag']);
    expect(await complete('cache', 'stats', '--t')).toEqual(['']);
    expect(await complete('ask', '--no')).toEqual(['--no-log', '--no-cache']);
    expect(await complete('completions', 'z')).toEqual(['zsh']);
    // Values: those that are known, the models listed last, and file names, which bash adds where there is no word.
    expect(await complete('init', '--format', 'j')).toEqual(['json']);
    await machine.run(['models']);
    expect(await complete('ask', '--model', 's')).toEqual(['sim/sim-1']);
    expect(await complete('ask', '-m', 's')).toEqual(['sim/sim-1']);
    expect(await complete('models', '--config', '')).toEqual(['']);
    machine.write('home/cache/models.txt', 'ollama/llama3:8b\nollama/llama3:70b\n');
    expect(await complete('ask', '--model', 'ollama/llama3', ':', '7')).toEqual(['70b']);
    expect(await complete('ask', '--model', 'ollama/llama3', ':', '')).toEqual(['8b', '70b']);
  });

  it('load into a zsh that has not set its own completion up', async ({ skip }) => {
    if (spawnSync('zsh', ['--version']).status !== 0) skip('there is no zsh on this machine');
    const { stdout: script } = await machine.run(['completions', 'zsh']);
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', `${script}\necho $_comps[hotpath]`], {
      encoding: 'utf8',
      env: { ...machine.environment, ZDOTDIR: machine.folder },
    });
    expect({ stdout, stderr }).toEqual({ stdout: expect.stringContaining('_hotpath'), stderr: '' });
  });

  it('offer the same in fish', async ({ skip }) => {
    if (spawnSync('fish', ['--version']).status !== 0) skip('there is no fish on this machine');
    const { stdout: script } = await machine.run(['completions', 'fish']);
    await machine.run(['models']);
    const file = machine.write('hotpath.fish', script);
    const completeInFish = (line: string): readonly string[] => {
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source '${file}'; complete -C '${line}'`], {
        encoding: 'utf8',
        env: machine.environment,
        cwd: machine.folder,
      });
      expect(stderr).toBe('');
      return stdout.split('\n').map((each) => each.split('\t')[0] ?? '');
    };
    expect(completeInFish('hotpath ')).toEqual(expect.arrayContaining(['ask', 'doctor', 'profile']));
    expect(completeInFish('hotpath config ')).toEqual(expect.arrayContaining(['check', 'get', 'set', 'path']));
    expect(completeInFish('hotpath config get --sh')).toContain('--show-secrets');
    expect(completeInFish('hotpath ask --model s')).toContain('sim/sim-1');
    expect(completeInFish('hotpath init --format ')).toEqual(expect.arrayContaining(['yaml', 'json', 'ts']));
    expect(completeInFish('hotpath models --config hotpath.f')).toContain('hotpath.fish');
  });

  it('offer the same in PowerShell', async ({ skip }) => {
    if (spawnSync('pwsh', ['-Version']).status !== 0) skip('there is no PowerShell (pwsh) on this machine');
    const { stdout: script } = await machine.run(['completions', 'powershell']);
    await machine.run(['models']);
    const completeInPowerShell = (line: string): readonly string[] => {
      const trial = `${script}\n(TabExpansion2 '${line}' ${line.length}).CompletionMatches | ForEach-Object CompletionText`;
      const { stdout, stderr } = spawnSync('pwsh', ['-NoProfile', '-Command', trial], { encoding: 'utf8' });
      expect(stderr).toBe('');
      return stdout.trim().split(/\r?\n/);
    };
    expect(completeInPowerShell('hotpath do')).toEqual(['doctor']);
    expect(completeInPowerShell('hotpath config s')).toEqual(['set']);
    expect(completeInPowerShell('hotpath config get --sh')).toEqual(['--show-secrets']);
    expect(completeInPowerShell('hotpath ask --model s')).toEqual(['sim/sim-1']);
  });

  it('are balanced and quoted for PowerShell', async () => {
    const { code, stdout } = await machine.run(['completions', 'powershell']);
    expect(code).toBe(0);
    expect(stdout).toContain("'config set' = @('--unset', '--json', '--config', '--quiet', '--debug', '--help')");
    expect(stdout).toContain("'ask --model' = 'models'");
    for (const [open, close] of ['()', '{}', '[]']) {
      const count = (mark = ''): number => stdout.split(mark).length;
      expect([open, count(open)]).toEqual([open, count(close)]);
    }
  });

  it('exist for zsh and fish, and for nothing else', async () => {
    expect((await machine.run(['completions', 'zsh'])).stdout).toMatch(/^#compdef hotpath\n/);
    expect((await machine.run(['completions', 'fish'])).stdout).toContain("-l no-cache -d 'Neither read nor write");
    expect((await machine.run(['completions', 'fish'])).stdout).toContain(
      "-n '__fish_seen_subcommand_from cache; and __fish_seen_subcommand_from invalidate' -l tag",
    );
    expect((await machine.run(['completions', 'tcsh'])).code).toBe(2);
    expect((await machine.run(['completions'])).stderr).toContain('Name one shell: bash, zsh, fish, powershell.');
  });
});

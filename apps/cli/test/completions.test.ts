import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { freshMachine } from './built.ts';

const machine = freshMachine();

describe('completions', () => {
  const hasBash = spawnSync('bash', ['--version']).status === 0;
  let printed: Promise<string> | undefined;
  const complete = async (...words: string[]): Promise<readonly string[]> => {
    printed ??= machine.run(['completions', 'bash']).then(({ stdout }) => stdout);
    const script = await printed;
    const quoted = ['hotpath', ...words].map((word) => `'${word}'`).join(' ');
    // As bash has split it, at colons and equals signs too.
    const line = ['hotpath', ...words].join(' ').replaceAll(/ ([:=]) ?/g, '$1');
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
    expect(await complete('ask', '--model', '=', 'ollama/llama3', ':', '7')).toEqual(['70b']);
    expect(await complete('ask', '--model', '=', '')).toEqual(['ollama/llama3:8b', 'ollama/llama3:70b']);
    expect(await complete('ask', '--fallback', 'ollama/llama3')).toEqual(['ollama/llama3:8b', 'ollama/llama3:70b']);
    expect(await complete('serve', '--log-level', '')).toEqual(['debug', 'info', 'warn', 'error', 'silent']);
    expect(await complete('config', 'get', 'cache.t')).toEqual(['cache.ttlMs', 'cache.temperature']);
    // Names of files are bash's own: no word of ours is in their way.
    for (const words of [['batch'], ['ask', '--schema'], ['ask', '-a'], ['cache', 'import'], ['batch', '-o']]) {
      expect([words, await complete(...words, '')]).toEqual([words, ['']]);
    }
    expect(await complete('batch', '--e')).toEqual(['--economy']);
    expect(await complete('exec', '--', 'cat', '--j')).toEqual(['']);
    expect(await complete('exec', '--', 'bas')).toContain('bash');
    expect(await complete('help', 'cache', 'do')).toEqual(['doctor']);
    expect(await complete('ask', '--model', 'ollama/llama3', ':', '')).toEqual(['8b', '70b']);
  });

  it('load into a zsh that has not set its own completion up', async ({ skip }) => {
    if (spawnSync('zsh', ['--version']).status !== 0) skip('there is no zsh on this machine');
    const { stdout: script } = await machine.run(['completions', 'zsh']);
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', `${script}\necho $_comps[hotpath]`], {
      encoding: 'utf8',
      env: { ...machine.environment, ZDOTDIR: machine.folder },
    });
    expect({ stdout, stderr }).toEqual({ stdout: '_hotpath\n', stderr: '' });
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
    expect(completeInFish('hotpath ask --schema hotpath.f')).toContain('hotpath.fish');
    expect(completeInFish('hotpath batch hotpath.f')).toContain('hotpath.fish');
    expect(completeInFish('hotpath config get cache.t')).toEqual(expect.arrayContaining(['cache.ttlMs']));
    expect(completeInFish('hotpath ask --fallback sim/sim-1,s')).toContain('sim/sim-1,sim/sim-1');
    expect(completeInFish('hotpath serve --log-level s')).toEqual(['silent', '']);
    expect(completeInFish('hotpath exec -- echo hotpath.f')).toContain('hotpath.fish');
    expect(completeInFish('hotpath exec -- fis')).toContain('fish');
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
    expect(completeInPowerShell('hotpath ask --model=s')).toEqual(['--model=sim/sim-1']);
    expect(completeInPowerShell('hotpath config get cache.ttl')).toEqual(['cache.ttlMs']);
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
    const json = await machine.run(['completions', 'bash', '--json']);
    expect(JSON.parse(json.stdout)).toEqual({
      shell: 'bash',
      script: (await machine.run(['completions', 'bash'])).stdout,
    });
    expect((await machine.run(['completions', 'tcsh'])).code).toBe(2);
    expect((await machine.run(['completions'])).stderr).toContain('Name one shell: bash, zsh, fish, powershell.');
  });
});

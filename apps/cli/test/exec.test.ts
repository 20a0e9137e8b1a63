import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { entry, freshMachine, heard, type Machine } from './built.ts';
import { asking, endLater, execOn, node, simulated } from './exec-runs.ts';

let machine: Machine;

beforeEach(() => {
  machine = freshMachine();
});

const { start, run } = execOn(() => machine);

describe('hotpath exec', () => {
  it('points a command at a gateway of its own and says nothing on standard output', async () => {
    const { code, stdout } = await run(['-q', '--', node, '-p', 'JSON.stringify(process.env)'], {
      environment: { OPENAI_API_KEY: 'sk-mine', OPENAI_BASE_URL: 'https://elsewhere.example/v1' },
    });
    expect(code).toBe(0);
    const environment = JSON.parse(stdout);
    expect(environment.OPENAI_BASE_URL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{24}\/v1$/);
    expect(environment.ANTHROPIC_BASE_URL).toBe(environment.OPENAI_BASE_URL.replace(/\/v1$/, ''));
    expect(environment).toMatchObject({ OPENAI_API_KEY: 'sk-mine', ANTHROPIC_API_KEY: 'sk-hotpath-placeholder' });
  });

  it.each([[['--']], [[]]])('passes every argument on as it is, after %j', async (mark) => {
    const args = ['--help', '-q', '--', '--only', '', 'two words', '$HOME', '--url=x'];
    const script = machine.write('print.cjs', 'console.log(JSON.stringify(process.argv.slice(2)))');
    const { stdout } = await run(['-q', ...mark, node, script, ...args]);
    expect(JSON.parse(stdout)).toEqual(args);
  });

  it.each([
    ['its own', 'process.exit(7)', 7],
    ['128 and the number of the signal', 'process.kill(process.pid, "SIGTERM")', 143],
    ['that of a kill', 'process.kill(process.pid, "SIGKILL")', 137],
  ])('ends with the exit code of the command: %s', async (_, script, code) => {
    expect(await run(['-q', '--', node, '-e', script])).toEqual({ code, stdout: '', stderr: '' });
  });

  it('ends with it also where nobody hears what we say', async () => {
    const { child, outcome } = start(['--', node, '-e', 'process.stdin.resume().on("end", () => process.exit(3))']);
    child.stderr.destroy();
    child.stdin.end();
    expect((await outcome).code).toBe(3);
  });

  it.each([
    ['nosuchprogram', 127, 'nosuchprogram: command not found. Install it, or give its path.'],
    ['./no/such/file', 127, './no/such/file: command not found. Correct its path.'],
    ['./plain.txt', 126, './plain.txt: is not executable. Run: chmod +x ./plain.txt'],
    ['./', 126, './: is a folder, not a program.'],
    ['./lost', 127, './lost: command not found, or the interpreter that its first line names.'],
  ])('says what a shell would of %s', async (program, code, message) => {
    machine.write('plain.txt', 'text');
    chmodSync(machine.write('lost', '#!/no/such/interpreter\n'), 0o755);
    machine.write('hotpath.config.json', simulated);
    const outcome = await run([program, 'argument']);
    expect(outcome).toMatchObject({ code, stdout: '' });
    const errorCode = code === 126 ? 'NOT_EXECUTABLE' : 'NOT_FOUND';
    expect(outcome.stderr).toMatch(
      new RegExp(`^hotpath \\[CLI_PROGRAM_${errorCode}\\]: ${message.replaceAll(/[.+]/g, String.raw`\$&`)}[^\n]*\n$`),
    );
  });

  it('hands standard input and output over as they are, however slow the reader', async () => {
    // Both fail where somebody has made the pipes non-blocking.
    const script = `
      const { readFileSync, writeSync } = require('node:fs');
      const text = readFileSync(0);
      for (let written = 0; written < text.length; ) written += writeSync(1, text, written);`;
    const input = 'x'.repeat(3_000_000);
    const { child, outcome } = start(['-q', '--', node, '-e', script]);
    child.stdout.pause();
    await new Promise((resolve) => child.stdin.write(input.slice(0, 10), resolve));
    child.stdin.end(input.slice(10), () => child.stdout.resume());
    expect(await outcome).toEqual({ code: 0, stdout: input, stderr: '' });
  });

  const hasBash = spawnSync('bash', ['--version']).status === 0;
  it.skipIf(!hasBash)('hands over files that a shell opened for it', async () => {
    const line = `"${node}" "${entry}" exec -q -- cat <(echo first) <(echo second)`;
    const { stdout } = spawnSync('bash', ['-c', line], { env: { ...machine.environment }, cwd: machine.folder });
    expect(stdout.toString()).toBe('first\nsecond\n');
  });

  it('counts what the command asked for, in one line and as JSON', async () => {
    machine.write('hotpath.config.json', simulated.replace('{}', '{"latencyMs":200}'));
    const script = machine.write('ask.mjs', asking);
    const { code, stdout, stderr } = await run(['--summary-json', 'run.json', '--', node, script, 'a', 'a', 'b,b,b']);
    expect(code).toBe(0);
    expect(stdout).toBe('miss 200\nhit 200\nmiss 200,coalesced 200,coalesced 200\n');
    expect(stderr).toMatch(
      /^hotpath: 5 requests \(1 from the cache, 2 shared\) in [\d.]+ m?s · \d+ tokens in, \d+ out · \$0\.00 spent, \$0\.00 saved\n$/,
    );
    const summary = JSON.parse(readFileSync(join(machine.folder, 'run.json'), 'utf8'));
    const { tokens } = summary.figures;
    expect(summary).toEqual({
      exitCode: 0,
      signal: null,
      durationMs: expect.any(Number),
      gateway: 'private',
      simulated: false,
      figures: {
        requests: 5,
        fromCache: 1,
        shared: 2,
        failed: 0,
        unknownCosts: 0,
        spentUsd: 0,
        estimatedUsd: 0,
        savedUsd: 0,
        tokens: { input: expect.any(Number), output: expect.any(Number) },
        // One of "a" and two of "b", of which each costs the same.
        savedTokens: { input: (tokens.input / 2) * 3, output: (tokens.output / 2) * 3 },
      },
    });
    expect(tokens.input).toBeGreaterThan(0);
  });

  it('counts money spent and saved at list prices, and says how many have none', async () => {
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const choices = [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }];
        const usage = { prompt_tokens: 1_000_000, completion_tokens: 100_000, total_tokens: 1_100_000 };
        const answer = { id: 'c-1', object: 'chat.completion', created: 1, model: 'm', choices, usage };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endLater(() => {
      server.closeAllConnections();
      server.close();
    });
    const environment = {
      OPENAI_API_KEY: 'sk-test',
      OPENAI_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    };
    const script = machine.write('ask.mjs', asking);
    const priced = await run(['--', node, script, 'a', 'a', 'b'], {
      environment: { ...environment, MODEL: 'openai/gpt-4.1' },
    });
    // 2 dollars for a million tokens in, 8 for a million out.
    expect(priced.stderr).toContain('2,000,000 tokens in, 200,000 out · $5.60 spent, $2.80 saved\n');
    const unknown = await run(['--', node, script, 'a'], { environment: { ...environment, MODEL: 'openai/mine' } });
    expect(unknown.stderr).toContain('$0.00 spent, $0.00 saved (cost of 1 unknown)\n');
  });

  it('counts what fails, also what no provider is asked for', async () => {
    machine.write('hotpath.config.json', simulated);
    const script = machine.write('ask.mjs', asking);
    const { stderr } = await run(['--', node, script, 'a'], { environment: { MODEL: 'nobody/nothing' } });
    expect(stderr).toMatch(/1 request \(1 failed\) in /);
  });

  it('says that a command asked for nothing, and nothing at all with --quiet', async () => {
    machine.write('hotpath.config.json', simulated);
    expect((await run(['--', node, '-e', ''])).stderr).toMatch(/^hotpath: no requests in [\d.]+ m?s\n$/);
    expect(await run(['--quiet', '--', node, '-e', ''])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('warns before the command that a simulator answers', async () => {
    const { stderr } = await run(['--', node, '-e', 'console.error("command")']);
    expect(stderr).toMatch(
      /^hotpath: .*\nhotpath: answers are simulated, .*OPENAI_API_KEY.*\ncommand\nhotpath: no requests/,
    );
  });

  it('runs nothing where the figures cannot be written', async () => {
    const outcome = await run(['--summary-json', 'no/such/folder/run.json', '--', node, '-e', 'console.log("ran")']);
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('run.json cannot be used') });
  });

  it.each([
    [['--only', 'opena', '--', 'true'], '--only takes openai, anthropic, xai, not "opena". Did you mean "openai"?'],
    [['--url', 'http://127.0.0.1:1', '--config', 'x.json', '--', 'true'], '--config is for a gateway of its own'],
    [['--url', 'localhost', '--', 'true'], '"localhost" is no address of a gateway.'],
    [['--quite', '--', 'true'], 'There is no option --quite. Did you mean --quiet?'],
    [['--quiet'], 'There is no command to run.'],
    [[], 'There is no command to run.'],
  ])('refuses %j', async (args, message) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

it('tells its figures with --json as the last line of standard error, also where it is quiet', async () => {
  machine.write('hotpath.config.json', simulated);
  for (const more of [[], ['--quiet']]) {
    const { code, stdout, stderr } = await run(['--json', ...more, '--', node, '-e', 'console.log("ran")']);
    expect([code, stdout]).toEqual([0, 'ran\n']);
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toMatchObject({
      exitCode: 0,
      gateway: 'private',
      figures: { requests: 0 },
    });
  }
});

describe('a signal', () => {
  const patient = `
    process.on('SIGINT', () => console.log('interrupted'));
    process.on('SIGTERM', () => { console.log('terminated'); process.exit(5); });
    process.on('SIGHUP', () => console.log('hung up'));
    process.on('SIGUSR2', () => console.log('user'));
    setInterval(() => {}, 1000);
    console.log('ready');`;

  it('reaches the command, each time once, and ends only the command', async () => {
    machine.write('hotpath.config.json', simulated);
    const { child, outcome } = start(['--', node, '-e', patient]);
    await heard(child.stdout, /ready/);
    for (const [signal, word] of [
      ['SIGINT', 'interrupted'],
      ['SIGINT', 'interrupted'],
      ['SIGHUP', 'hung up'],
      ['SIGUSR2', 'user'],
    ] as const) {
      const answer = heard(child.stdout, new RegExp(word));
      child.kill(signal);
      await answer;
    }
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({
      code: 5,
      stdout: 'ready\ninterrupted\ninterrupted\nhung up\nuser\nterminated\n',
      stderr: expect.stringMatching(/^hotpath: no requests in .*\n$/),
    });
  });

  it('that ends the command is the exit code', async () => {
    machine.write('hotpath.config.json', simulated);
    const { child, outcome } = start([
      '--summary-json',
      'run.json',
      '--',
      node,
      '-e',
      'console.log(1);setInterval(Date,9)',
    ]);
    await heard(child.stdout, /1/);
    child.kill('SIGINT');
    expect((await outcome).code).toBe(130);
    expect(JSON.parse(readFileSync(join(machine.folder, 'run.json'), 'utf8'))).toMatchObject({
      exitCode: 130,
      signal: 'SIGINT',
    });
  });

  it('ends the set-up before there is a command, which then never runs', async () => {
    machine.write(
      'hotpath.config.ts',
      'console.error("loading"); await new Promise((done) => setTimeout(done, 60_000));',
    );
    const { child, outcome } = start(['--summary-json', 'run.json', '--', node, '-e', 'console.log("ran")']);
    await heard(child.stderr, /loading/);
    child.kill('SIGTERM');
    expect(await outcome).toMatchObject({ code: 143, stdout: '' });
    expect(existsSync(join(machine.folder, 'run.json'))).toBe(false);
  });
});

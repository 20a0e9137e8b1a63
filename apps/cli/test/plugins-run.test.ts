import { spawnSync } from 'node:child_process';
import { beforeEach, describe, expect, it } from 'vitest';
import { heard, outcomeOf } from './built.ts';
import { contributing, type PluginMachine, pluginMachine } from './plugin-machine.ts';

let machine: PluginMachine;
beforeEach(() => {
  machine = pluginMachine({ plugins: { timeouts: { importMs: 500, activationMs: 500 } } });
});

const greet = { contributes: { commands: [{ name: 'greet', summary: 'Says hello' }] } };
const shop = { contributes: { commands: [{ name: 'shop list' }, { name: 'shop buy', summary: 'Buys something' }] } };

const command = (run: string, more = ''): string =>
  `{ examples: ['hotpath greet Ada --loud'], ${more} run: async (call) => { ${run} } }`;
const greeting = (run: string, more?: string): string => contributing(`{ commands: { greet: ${command(run, more)} } }`);

const flags = `argument: '<name>', description: 'Greets somebody.', flags: { loud: { type: 'boolean', description: 'Says it loudly' } },`;
const hello = greeting(
  "const text = 'Hello, ' + (call.positionals[0] ?? 'you'); await call.write((call.json ? JSON.stringify({ text }) : call.flags.loud ? text.toUpperCase() : text) + '\\n'); call.note('Said.');",
  flags,
);

describe('a command of a plugin', () => {
  it('runs with its options and arguments, as JSON too, and quietly', async () => {
    machine.plugin('greeter', greet, hello);
    expect(await machine.run(['greet', 'Ada', '--loud'])).toEqual({
      code: 0,
      stdout: 'HELLO, ADA\n',
      stderr: 'Said.\n',
    });
    expect(await machine.run(['greet', '--json'])).toMatchObject({ code: 0, stdout: '{"text":"Hello, you"}\n' });
    expect(await machine.run(['greet', '--quiet'])).toEqual({ code: 0, stdout: 'Hello, you\n', stderr: '' });
  });

  it('asks models with all that is configured', async () => {
    const run =
      "const { router } = await call.hotpath(); const { text } = await router.query({ model: 'sim/sim-1', prompt: 'Hi' }); await call.write(text + '\\n');";
    machine.plugin('greeter', greet, greeting(run));
    expect(await machine.run(['greet'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/\S/) });
  });

  it('shows help, in both spellings', async () => {
    machine.plugin('greeter', greet, hello);
    for (const args of [
      ['greet', '--help'],
      ['help', 'greet'],
    ]) {
      const { code, stdout, stderr } = await machine.run(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^hotpath greet: Says hello\n\nGreets somebody\.\n/);
      expect(stdout).toContain('hotpath greet [options] <name>');
      for (const option of ['--loud', '--config', '--json', '--quiet', '--help']) expect(stdout).toContain(option);
      expect(stdout).toMatch(/\nExamples\n {2}hotpath greet Ada --loud\n/);
    }
  });

  it('stands in the help of its group, which loads nothing', async () => {
    machine.plugin('shop', shop, 'throw new Error("was loaded");');
    for (const args of [
      ['shop', '--help'],
      ['help', 'shop'],
    ]) {
      const { code, stdout } = await machine.run(args);
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ {2}shop buy +Buys something$/m);
      expect(stdout).toMatch(/^ {2}shop list +A command of the plugin shop$/m);
    }
    expect(await machine.run(['shop'])).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('needs a second word'),
    });
  });

  it('that is the first word of others is a command all the same', async () => {
    const commands = [{ name: 'greet' }, { name: 'greet all' }];
    machine.plugin(
      'greeter',
      { contributes: { commands } },
      contributing(
        `{ commands: { greet: ${command("await call.write('one\\n')")}, 'greet all': ${command("await call.write('all\\n')")} } }`,
      ),
    );
    expect((await machine.run(['greet'])).stdout).toBe('one\n');
    expect((await machine.run(['greet', 'all'])).stdout).toBe('all\n');
  });

  it('is meant where a name is nearly its own, and its options are', async () => {
    machine.plugin('greeter', greet, hello);
    machine.plugin(
      'shop',
      shop,
      contributing(`{ commands: { 'shop list': ${command('')}, 'shop buy': ${command('')} } }`),
    );
    const refused = async (...args: string[]) => {
      const { code, stderr } = await machine.run(args);
      return [code, stderr.match(/Did you mean "?([^"?]+)"?\?/)?.[1]];
    };
    expect(await refused('gret')).toEqual([2, 'greet']);
    expect(await refused('shop', 'bye')).toEqual([2, 'shop buy']);
    expect(await refused('greet', '--laud')).toEqual([2, '--loud']);
  });

  it.each([
    ['return 3;', 3],
    ['return 0;', 0],
    ['', 0],
    ['throw new Error("not today");', 1],
    ['await new Promise(() => {});', 1],
    ['process.exit(9);', 9],
  ])('that does %j exits with %i', async (run, code) => {
    machine.plugin('greeter', greet, greeting(run));
    const { code: exitCode, stderr } = await machine.run(['greet']);
    expect(exitCode).toBe(code);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it.each(['256', '-1', '1.5', 'NaN', "'x'", 'null', 'true', '{}', 'Symbol()'])(
    'that resolves to %s is named, with its plugin',
    async (result) => {
      machine.plugin('greeter', greet, greeting(`return ${result};`));
      const { code, stderr } = await machine.run(['greet']);
      expect(code).toBe(1);
      expect(stderr).toMatch(/CLI_PLUGIN_FAILED.*"hotpath greet" of the plugin greeter failed: its "run" resolved to/);
      expect(stderr).not.toMatch(/^\s+at /m);
    },
  );

  it.each([
    ['flags: { y: null }', 'its flag "y" is no object'],
    ['flags: 7', 'its "flags" are no object'],
    ['flags: { y: { type: "date", description: "" } }', 'the type of its flag "y" is none of string'],
    ['flags: { y: { type: "constructor", description: "" } }', 'the type of its flag "y"'],
    ['flags: { y: { type: "string" } }', 'its flag "y" has no description'],
    ['flags: { y: { type: "string", description: "", short: "yy" } }', 'the "short" of its flag "y"'],
    ['flags: { y: { type: "string", description: "", value: 7 } }', 'the "value" of its flag "y"'],
    ['flags: { y: { type: "number", description: "", between: 7 } }', 'the "between" of its flag "y"'],
    ['flags: { get y() { throw new Error("not today"); } }', 'not today'],
    ['get flags() { throw { toString() { throw 1; } }; }', 'an error without a message'],
    ['argument: 7', 'its "argument" or "description" is no text'],
    ['examples: [7]', 'its "examples" are no list of texts'],
  ])('that declares %s is named, with its plugin', async (declared, reason) => {
    machine.plugin('greeter', greet, contributing(`{ commands: { greet: { examples: [], run() {}, ${declared} } } }`));
    for (const args of [['greet'], ['greet', '--help'], ['greet', '--y=1']]) {
      const { code, stdout, stderr } = await machine.run(args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(`[CLI_PLUGIN_FAILED]: "hotpath greet" of the plugin greeter failed: ${reason}`);
      expect(stderr).not.toMatch(/^\s+at /m);
    }
  });

  it('may throw whatever it likes', async () => {
    for (const thrown of ['Object.create(null)', 'undefined', 'Object.assign(new Error("x"), { message: 7 })']) {
      machine.plugin('greeter', greet, greeting(`throw ${thrown};`));
      const { code, stderr } = await machine.run(['greet']);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/CLI_PLUGIN_FAILED.*greeter failed: \S/)]);
    }
  });

  it('nobody can know where the manifest is at fault, which is said', async () => {
    machine.plugin('greeter', { ...greet, version: 'one' });
    const { code, stderr } = await machine.run(['greet']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/no command "greet"\. The manifest of a plugin has faults.*doctor/),
    ]);
    machine.plugin('other', { version: 'one' });
    expect((await machine.run(['greet'])).stderr).toContain('The manifests of 2 plugins have faults');
  });

  it.each([
    ['throw new Error("not today");', 'not today'],
    ['nowhere();', 'nowhere is not defined'],
  ])('that does %j is named, with its plugin', async (run, reason) => {
    machine.plugin('greeter', greet, greeting(run));
    const { stderr } = await machine.run(['greet']);
    expect(stderr).toContain('[CLI_PLUGIN_FAILED]');
    expect(stderr).toContain(`"hotpath greet" of the plugin greeter failed: ${reason}`);
    expect((await machine.run(['greet', '--debug'])).stderr).toMatch(/^\s+at .*index\.mjs/m);
  });

  it('that cannot be run is named, with its plugin', async () => {
    machine.plugin('greeter', greet, contributing('{ commands: { greet: { examples: [] } } }'));
    expect(await machine.run(['greet'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/CLI_PLUGIN_FAILED.*greeter failed: it has no "run"/),
    });
  });

  it('of a plugin that is not used says so, and why', async () => {
    machine.plugin('greeter', greet, hello);
    await machine.plugins('disable', 'greeter');
    expect(await machine.run(['greet', 'Ada'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/CLI_PLUGIN_UNUSED.*greeter is not used:.*disabled.*plugins info greeter/s),
    });
    machine.plugin('greeter', { ...greet, host: '>=99' }, hello);
    await machine.plugins('enable', 'greeter');
    expect((await machine.run(['greet'])).stderr).toMatch(/asks for a host >=99/);
  });

  it('tells a failure as JSON with its code', async () => {
    machine.plugin(
      'greeter',
      greet,
      greeting("throw Object.assign(new Error('not today'), { code: 'GREETER_TIRED' });"),
    );
    const { code, stdout } = await machine.run(['greet', '--json']);
    expect([code, JSON.parse(stdout)]).toEqual([1, { error: { code: 'GREETER_TIRED', message: 'not today' } }]);
  });

  it('ends in order at the first Ctrl-C, and at once at the second', async () => {
    const waiting =
      "process.stdout.write('waiting\\n'); await new Promise((go) => { setInterval(() => {}, 1000); call.signal.addEventListener('abort', go); });";
    machine.plugin('greeter', greet, greeting(`${waiting} await call.write('cleaned up\\n');`));
    const orderly = machine.start(['greet']);
    const end = outcomeOf(orderly);
    await heard(orderly.stdout, /waiting/);
    orderly.kill('SIGINT');
    expect(await end).toMatchObject({ code: 130, stdout: 'waiting\ncleaned up\n' });
    machine.plugin(
      'greeter',
      greet,
      greeting(`${waiting} process.stdout.write('cleaning\\n'); await new Promise(() => {});`),
    );
    const stubborn = machine.start(['greet']);
    const ended = outcomeOf(stubborn);
    await heard(stubborn.stdout, /waiting/);
    stubborn.kill('SIGINT');
    await heard(stubborn.stdout, /cleaning/);
    stubborn.kill('SIGINT');
    expect((await ended).code).toBe(130);
  });
});

describe('a plugin with a command that cannot be loaded', () => {
  it.each([
    ['throws', 'throw new Error("not today");', 'PLUGIN_IMPORT_FAILED'],
    ['is no JavaScript', 'export default {', 'PLUGIN_IMPORT_FAILED'],
    ['exports nothing', 'export const answer = 42;', 'PLUGIN_EXPORT_INVALID'],
    [
      'throws when activated',
      'export default { activate() { throw new Error("not today"); } };',
      'PLUGIN_ACTIVATION_FAILED',
    ],
    ['hangs', 'await new Promise(() => {});', 'PLUGIN_IMPORT_TIMEOUT'],
    ['hangs when activated', 'export default { activate: () => new Promise(() => {}) };', 'PLUGIN_ACTIVATION_TIMEOUT'],
    ['exits', 'process.exit(0);', 'PLUGIN_EXITED'],
    ['exits when activated', 'export default { activate() { process.exit(0); } };', 'PLUGIN_EXITED'],
    ['returns nothing', contributing('{}'), 'PLUGIN_CONTRIBUTION_INVALID'],
  ])('since it %s, fails with a code and what to do, and no stack', async (_how, code, expected) => {
    machine.plugin('greeter', greet, code);
    const { code: exitCode, stdout, stderr } = await machine.run(['greet']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/hotpath.*greeter/);
    expect(stderr).not.toMatch(/^\s+at /m);
    const { stdout: told } = await machine.run(['greet', '--json']);
    expect(JSON.parse(told).error.code).toBe(expected);
    // Whatever one plugin does, the other commands answer.
    expect((await machine.run(['models'])).code).toBe(0);
  });
});

describe('hotpath completions', () => {
  const script = async (shell: string): Promise<string> => (await machine.run(['completions', shell])).stdout;
  /** What bash offers for the last of these words. */
  const offered = (source: string, words: readonly string[]): readonly string[] => {
    const list = words.map((word) => `'${word}'`).join(' ');
    const line = `COMP_WORDS=(${list}); COMP_CWORD=${words.length - 1}; COMP_LINE="${words.join(' ')}"; COMP_POINT=\${#COMP_LINE}`;
    const { stdout } = spawnSync('bash', ['-c', `${source}\n${line}; _hotpath; echo "\${COMPREPLY[@]}"`], {
      encoding: 'utf8',
    });
    return stdout.split(/\s+/).filter((word) => word !== '');
  };

  it('knows commands of plugins, and the options of those that can be loaded', async () => {
    machine.plugin('greeter', greet, hello);
    machine.plugin('shop', shop, 'throw new Error("not today");');
    machine.plugin('hidden', { contributes: { commands: [{ name: 'cache' }, { name: 'too many words' }] } });
    const bash = await script('bash');
    expect(offered(bash, ['hotpath', 'gre'])).toEqual(['greet']);
    expect(offered(bash, ['hotpath', 'greet', '--l'])).toEqual(['--loud']);
    expect(offered(bash, ['hotpath', 'shop', ''])).toEqual(['list', 'buy']);
    expect(offered(bash, ['hotpath', 'shop', 'buy', '--qu'])).toEqual(['--quiet']);
    const others = await Promise.all(['zsh', 'fish', 'powershell'].map(script));
    for (const text of [bash, ...others]) {
      expect(text).toContain('greet');
      expect(text).toContain('loud');
      expect(text).not.toContain('too many words');
    }
  });

  it('waits for no plugin', async () => {
    machine.write('hotpath.config.json', JSON.stringify({ providers: { sim: {} } }));
    machine.plugin('hangs', greet, 'await new Promise(() => { setInterval(() => {}, 1000); });');
    expect(offered(await script('bash'), ['hotpath', 'gre'])).toEqual(['greet']);
  });

  it('is there where the configuration is not to be read', async () => {
    machine.plugin('greeter', greet, hello);
    machine.write('hotpath.config.json', '{');
    const bash = await script('bash');
    expect(offered(bash, ['hotpath', 'gre'])).toEqual([]);
    expect(offered(bash, ['hotpath', 'as'])).toEqual(['ask']);
  });
});

import { describe, expect, it } from 'vitest';
import { defineCommand } from '../src/command.ts';
import { CliError } from '../src/errors.ts';
import { parseArguments } from '../src/parse.ts';

const command = defineCommand({
  name: 'try',
  summary: 'Try things out',
  argument: '[word…]',
  flags: {
    model: { type: 'string', short: 'm', description: 'A text' },
    temperature: { type: 'number', between: [0, 2], description: 'A number' },
    'max-tokens': { type: 'number', between: [1, Number.POSITIVE_INFINITY], integer: true, description: 'A count' },
    json: { type: 'boolean', description: 'A switch' },
    verbose: { type: 'boolean', short: 'v', description: 'Another switch' },
    tag: { type: 'strings', short: 't', description: 'Any number of texts' },
  },
  examples: ['hotpath try'],
  run: async () => 0,
});

const parse = (...args: string[]) => parseArguments(command, args);
const failure = (...args: string[]): CliError => {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof CliError) return error;
  }
  throw new Error('expected a usage error');
};

const common = { quiet: false, debug: false, help: false };

describe('parseArguments', () => {
  it('reads flags anywhere, in every spelling', () => {
    expect(parse('why', '-m', 'a/b', 'is', '--temperature=0.5', '--max-tokens', '10', '-v', 'it')).toEqual({
      flags: { model: 'a/b', temperature: 0.5, 'max-tokens': 10, json: false, verbose: true, tag: [], ...common },
      positionals: ['why', 'is', 'it'],
      help: false,
    });
    expect(parse('-vm', 'a').flags).toMatchObject({ model: 'a', verbose: true });
    expect(parse('-ma').flags).toMatchObject({ model: 'a' });
    expect(parse('-t', 'a', '--tag=b,c', '--tag', 'a').flags).toMatchObject({ tag: ['a', 'b,c', 'a'] });
  });

  it('lets the last one win and leaves absent ones undefined', () => {
    expect(parse('-m', 'a', '-m', 'b').flags.model).toBe('b');
    expect(parse().flags).toEqual({
      model: undefined,
      temperature: undefined,
      'max-tokens': undefined,
      json: false,
      verbose: false,
      tag: [],
      ...common,
    });
  });

  it('takes everything after -- as it is', () => {
    expect(parse('--', '--json', '-x')).toMatchObject({ positionals: ['--json', '-x'], flags: { json: false } });
  });

  it('sees a wish for help before any mistake', () => {
    expect(parse('--nonsense', '-h').help).toBe(true);
    expect(parse('-m', '--help').help).toBe(true);
  });

  it.each([
    ['an unknown flag with the nearest one', ['--modle', 'a'], 'There is no option --modle. Did you mean --model?'],
    ['an unknown flag like no other', ['--zzz'], 'There is no option --zzz.'],
    ['an unknown short flag', ['-x'], 'There is no option -x.'],
    ['a missing value', ['--model'], '--model needs a value.'],
    ['a missing value of a short flag', ['-m'], '-m needs a value.'],
    ['a flag for a value', ['--model', '--json'], '--model needs a value; if "--json" is one, write --model=--json.'],
    ['an empty value', ['--model='], '--model needs a value.'],
    ['a value for a switch', ['--json=yes'], '--json takes no value.'],
    ['a word for a number', ['--temperature', 'warm'], '--temperature needs a number from 0 to 2, not "warm".'],
    ['a number out of range', ['--temperature', '-1'], '--temperature needs a number from 0 to 2, not "-1".'],
    ['half a count', ['--max-tokens', '1.5'], '--max-tokens needs a whole number of at least 1, not "1.5".'],
  ])('refuses %s', (_, args, message) => {
    const error = failure(...args);
    expect(error.message).toBe(`${message}\nRun "hotpath try --help" for usage.`);
    expect(error).toMatchObject({ code: 'CLI_USAGE', exitCode: 2 });
  });

  it('refuses arguments where a command takes none', () => {
    const { argument: _, ...rest } = command;
    expect(() => parseArguments(rest, ['extra'])).toThrow('"hotpath try" takes no arguments, but there is "extra".');
  });
});

describe('the arguments of a command that passes them through', () => {
  const passing = { ...command, passesThrough: true };
  const read = (...args: string[]) => parseArguments(passing, args);

  it.each([
    [
      ['--json', '--', 'tool', '--model', 'x', '--', '-h'],
      ['tool', '--model', 'x', '--', '-h'],
    ],
    [
      ['--json', 'tool', '--zzz', '--', '--help'],
      ['tool', '--zzz', '--', '--help'],
    ],
    [['-m', 'a', '--json', '--', '--tool'], ['--tool']],
    [['--json', '--'], []],
  ])('begin where ours end: %j', (args, passed) => {
    const { flags, positionals, help } = read(...args);
    expect({ positionals, help, json: flags.json }).toEqual({ positionals: passed, help: false, json: true });
  });

  it('leave help and mistakes before them to us', () => {
    expect(read('--help', 'tool').help).toBe(true);
    expect(read('-h', '--', 'tool').help).toBe(true);
    expect(() => read('--modle', 'tool')).toThrow('Did you mean --model?');
    expect(() => read('--model', '--', 'tool')).toThrow('--model needs a value; if "--" is one');
  });
});

// Checked by `tsc -p tsconfig.json`, as every file here: nothing of this runs.
import { expectTypeOf } from 'vitest';
import { type Command, defineCommand, type FlagSpecs, type FlagValues, type ParsedFlags } from '../src/command.ts';

const words = { name: 'try', summary: 'Try', examples: [] } as const;

// The flags declared are the ones that `run` gets: switches always set, anything else perhaps absent.
const command = defineCommand({
  ...words,
  flags: {
    model: { type: 'string', short: 'm', description: 'A text' },
    temperature: { type: 'number', between: [0, 2], description: 'A number' },
    'no-cache': { type: 'boolean', description: 'A switch' },
    tag: { type: 'strings', description: 'Any number of texts' },
  },
  async run({ flags, positionals, signal }) {
    expectTypeOf(flags).toEqualTypeOf<{
      readonly model: string | undefined;
      readonly temperature: number | undefined;
      readonly 'no-cache': boolean;
      readonly tag: readonly string[];
    }>();
    expectTypeOf(positionals).toEqualTypeOf<readonly string[]>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    // @ts-expect-error: nobody declared it
    flags.json;
    // @ts-expect-error: flags are read, not written
    flags.model = 'a/b';
    return 0;
  },
});

// From outside its own names are forgotten, so that commands of every shape fit into one catalogue.
expectTypeOf(command).toEqualTypeOf<Command>();
expectTypeOf(command.run).parameter(0).toHaveProperty('flags').toEqualTypeOf<ParsedFlags>();
expectTypeOf<FlagValues<Record<never, never>>>().toEqualTypeOf<Record<never, never>>();

defineCommand({
  ...words,
  // @ts-expect-error: no such type of flag
  flags: { model: { type: 'text', description: 'A text' } },
  run: async () => 0,
});
defineCommand({
  ...words,
  // @ts-expect-error: every flag is described
  flags: { model: { type: 'string' } },
  run: async () => 0,
});
// @ts-expect-error: a command resolves to its exit code
defineCommand({ ...words, flags: {}, run: async () => {} });

const shared = { type: 'string', value: 'file', description: 'A file' } as const;
expectTypeOf<{ readonly config: typeof shared }>().toExtend<FlagSpecs>();
expectTypeOf<FlagValues<{ readonly config: typeof shared }>>().toEqualTypeOf<{ readonly config: string | undefined }>();

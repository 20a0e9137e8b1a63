import { basename, extname, join, resolve } from 'node:path';
import { createAsker } from '../ask-lines.ts';
import { defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { note, styledError, warn, writeOut } from '../terminal.ts';

const example = 'hotpath ask "Why is the sky blue?"';

export const init = defineCommand({
  name: 'init',
  summary: 'Write a first configuration file',
  description: `Looks for keys in the environment (OPENAI_API_KEY, ANTHROPIC_API_KEY, XAI_API_KEY) and a local Ollama, asks for default model
and cache, and writes hotpath.config.yaml here. Keys are written as references such as \${OPENAI_API_KEY}, never themselves.
Where nobody can be asked, --yes takes what was found and the defaults.`,
  flags: {
    yes: { type: 'boolean', short: 'y', description: 'Ask nothing: what was found, flags and defaults' },
    provider: {
      type: 'strings',
      value: 'id',
      description: 'openai, anthropic, xai, ollama or sim, in place of those found; may be repeated',
    },
    model: {
      type: 'string',
      short: 'm',
      value: 'provider/model',
      description: 'Default model (default: the cheapest)',
    },
    'cache-ttl': { type: 'string', value: 'duration', description: 'How long answers are kept (default: 24h)' },
    'no-cache': { type: 'boolean', description: 'Keep no answers' },
    format: { type: 'string', value: 'yaml|json|ts', description: 'Of the file (default: yaml)' },
    user: { type: 'boolean', description: 'Write into the user folder, for every project' },
    force: { type: 'boolean', description: 'Replace a file that is there' },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
  examples: [
    'hotpath init',
    'hotpath init --yes',
    'hotpath init --yes --provider openai --model openai/gpt-4.1-mini --format ts',
  ],
  async run({ flags, signal }) {
    const { configExists, filesIn, formats, renderConfig, writeConfig } = await import('../setup/write-config.ts');
    const { configOf, foundProvider, knownProviders, namedProvider, variablesOf } = await import(
      '../setup/settings.ts'
    );
    const { askSettings, findModels } = await import('../setup/ask-settings.ts');
    const { findFolders, parseDuration, planHotpath } = await import('@hotpath/runtime');

    const format = formats.find((each) => each === (flags.format ?? 'yaml'));
    if (format === undefined)
      throw usageError(`--format must be ${formats.join(', ')}, not "${flags.format}".`, 'init');
    const unknown = flags.provider.find((id) => !knownProviders.includes(id));
    if (unknown !== undefined) {
      throw usageError(`--provider must be one of ${knownProviders.join(', ')}, not "${unknown}".`, 'init');
    }
    const ttl = flags['cache-ttl'];
    if (ttl !== undefined && parseDuration(ttl) === undefined) {
      throw usageError(`--cache-ttl must be a duration such as 24h, not "${ttl}".`, 'init');
    }
    const asks = !flags.yes && process.stdin.isTTY === true;
    if (!asks && !flags.yes) {
      throw usageError('Nobody can be asked here. Add --yes, and flags for what should not be as found.', 'init');
    }

    const folder = flags.user ? findFolders().config : resolve('.');
    const file = join(folder, `hotpath.config.${format}`);
    const present = filesIn(folder);
    const other = present.find((each) => each !== file);
    if (other !== undefined) {
      const ending = extname(other).slice(1);
      throw usageError(
        `There is ${other} already: remove it${ending === 'json' || ending === 'yaml' || ending === 'ts' ? `, or replace it with --format ${ending}` : ''}.`,
        'init',
      );
    }
    if (present.length > 0 && !asks && !flags.force) throw configExists(file);

    const asker = asks ? await createAsker({ signal }) : undefined;
    try {
      if (present.length > 0 && !flags.force && !(await asker?.yes(`${file} is there already. Replace it?`, false))) {
        note('Nothing was changed.');
        return 0;
      }
      const plan = await planHotpath({});
      const found = plan.simulated
        ? []
        : plan.providers.map((each) => ({ ...foundProvider(each), source: each.source }));
      const given = {
        providers:
          flags.provider.length === 0
            ? undefined
            : flags.provider
                .map((id) => found.find((each) => each.id === id) ?? namedProvider(id))
                .map(({ id, settings }) => ({ id, settings })),
        model: flags.model,
        cacheTtl: flags['no-cache'] ? (false as const) : ttl,
      };
      const providers = given.providers ?? found.map(({ id, settings }) => ({ id, settings }));
      const settings =
        asker === undefined
          ? {
              providers,
              declined: [],
              defaultModel:
                given.model ?? (providers.length === 0 ? undefined : (await findModels(providers)).cheapest),
              cacheTtl: given.cacheTtl === false ? undefined : (given.cacheTtl ?? '24h'),
            }
          : await askSettings(asker, found, given, parseDuration);
      signal.throwIfAborted();
      await writeConfig(file, await renderConfig(configOf(settings), format), present.length > 0, signal);

      const missing = variablesOf(settings).filter((name) => !process.env[name]);
      const next = [
        ...missing.map((name) => `export ${name}=…`),
        'hotpath providers test',
        settings.defaultModel === undefined ? 'hotpath models' : example,
        'hotpath serve',
      ];
      if (flags.json) {
        const ids = settings.providers.map(({ id }) => id);
        await writeOut(
          `${JSON.stringify({ file, providers: ids, defaultModel: settings.defaultModel ?? null, next })}\n`,
        );
      } else {
        if (settings.providers.length === 0) warn('no provider was found: the simulator answers until a key is set.');
        note(
          `Wrote ${styledError('bold', basename(file))}${flags.user ? ` into ${folder}` : ''}. Try next:\n${next.map((line) => `  ${line}`).join('\n')}`,
        );
      }
      return 0;
    } finally {
      asker?.close();
    }
  },
});

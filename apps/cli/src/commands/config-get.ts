import { isDeepStrictEqual } from 'node:util';
import { configFlag, defineCommand } from '../command.ts';
import { renderSettings } from '../config/render-settings.ts';
import { formatPath, parsePath, type SettingPath } from '../config/setting-path.ts';
import { valueAt } from '../config/setting-value.ts';
import { CliError, usageError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { formatQuantity } from '../quantity.ts';
import { note, writeOut } from '../terminal.ts';

const render = (value: unknown, key: string): string => {
  if (typeof value === 'number') return `${formatQuantity(key, value)}\n`;
  if (Array.isArray(value))
    return value.map((item) => `${typeof item === 'string' ? item : JSON.stringify(item)}\n`).join('');
  return typeof value === 'object' && value !== null ? renderSettings(value, '') : `${String(value)}\n`;
};

const notSet = (settings: object, path: SettingPath): CliError => {
  const depth = path.findIndex((_, index) => valueAt(settings, path.slice(0, index + 1)) === undefined);
  const group = valueAt(settings, path.slice(0, depth));
  const known = typeof group === 'object' && group !== null && !Array.isArray(group) ? Object.keys(group) : [];
  const meant = nearest(String(path[depth]), known);
  const hint =
    meant === undefined
      ? '"hotpath config check" shows all that is.'
      : `Did you mean ${formatPath([...path.slice(0, depth), meant, ...path.slice(depth + 1)])}?`;
  return new CliError('CLI_SETTING_MISSING', `${formatPath(path)} is not set, and has no default. ${hint}`);
};

export const configGet = defineCommand({
  name: 'config get',
  summary: 'Print the effective value of one setting',
  argument: '<path>',
  description:
    'With defaults, variables of the environment and detected providers, as "hotpath config check" shows them all. Keys,\nheaders, passwords and the paths of webhooks are shown as ***. The exit code is 1 where nothing is set.',
  flags: {
    json: { type: 'boolean', description: 'Print the value as JSON, quantities as numbers' },
    'show-secrets': { type: 'boolean', description: 'Print secrets as they are' },
    config: configFlag,
  },
  examples: [
    'hotpath config get cache.ttlMs',
    'hotpath config get providers.openai.models[0]',
    'hotpath config get cache --json | jq .memoryBytes',
  ],
  async run({ flags, positionals }) {
    const [text, ...more] = positionals;
    if (text === undefined || more.length > 0) throw usageError('Name one setting, such as cache.ttlMs.', 'config get');
    const path = parsePath(text);
    const { describeConfig, planHotpath } = await import('@hotpath/runtime');
    const plan = await planHotpath(undefined, { configFile: flags.config });
    const providers = Object.fromEntries(plan.providers.map(({ id, config }) => [id, config]));
    const effective = { ...plan.config, providers };
    const settings = flags['show-secrets'] ? effective : describeConfig(effective);
    const value = valueAt(settings, path);
    if (value === undefined) throw notSet(settings, path);
    await writeOut(flags.json ? `${JSON.stringify(value)}\n` : render(value, String(path.at(-1))));
    if (!isDeepStrictEqual(value, valueAt(effective, path)))
      note('Secrets are shown as ***: --show-secrets prints them.');
    return 0;
  },
});

import type { PathKeys } from './config-path.ts';

/** Whatever has such a name is secret, or holds what is, wherever in a configuration it stands. */
const secretNames: ReadonlySet<unknown> = new Set(['apiKey', 'headers', 'keys', 'settings', 'webhook']);

/** What stands in these is named by the user, and a route called "keys" holds none. */
const tables: readonly string[] = [
  'aliases',
  'alerts.rules',
  'limits.models',
  'limits.providers',
  'plugins.settings',
  'prices',
  'providers',
  'routes',
];

const isTable = (keys: PathKeys): boolean => tables.includes(keys.join('.'));

/** Whether what stands there is secret: a text, or each value of a group, whose names may be shown. */
export const holdsSecret = (keys: PathKeys): boolean => {
  const holder = keys.slice(0, -1);
  if (isTable(holder)) return holder.join('.') === 'plugins.settings';
  return !isTable(keys) && secretNames.has(keys.at(-1));
};

/** A key is easily put in the place of the group that it belongs in, or of its id. */
const isBesideSecret = ([first, second, third, ...further]: PathKeys): boolean => {
  if (first === 'providers') return third === undefined;
  if (first === 'plugins') return second === 'settings';
  if (first === 'telemetry') return second === 'otlp' && third === undefined;
  if (first !== 'cache') return false;
  if (second === 'redis') return third === undefined || third === 'url';
  return second === 'encryption' || (second === 'store' && (third !== 'name' || further.length > 0));
};

/** Whether it is secret, or within what is. */
export const isSecretSetting = (keys: PathKeys): boolean =>
  keys.some((_, index) => holdsSecret(keys.slice(0, index + 1)));

/** Whether what somebody wrote there, right or wrong, must never be shown. */
export const mayBeSecret = (keys: PathKeys): boolean => isBesideSecret(keys) || isSecretSetting(keys);

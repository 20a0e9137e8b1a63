/** A way into a configuration: keys and list positions. */
export type PathKeys = readonly (string | number)[];

const plain = /^[A-Za-z_][\w-]*$/;

/** Written as a person would: `providers.openai.baseUrl`, `models[0]`, `aliases["gpt.4"]`. */
export const formatPath = (keys: PathKeys): string =>
  keys.reduce<string>((path, key) => {
    if (typeof key === 'number') return `${path}[${key}]`;
    if (!plain.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === '' ? key : `${path}.${key}`;
  }, '');

const isSecretOfProvider = (keys: PathKeys): boolean =>
  keys[0] === 'providers' &&
  (keys.length <= 2 || keys[2] === 'apiKey' || keys[2] === 'headers' || keys[2] === 'settings');

/** Redis' address may hold a password; a key is easily put in the place of its id, or of all keys. */
const isSecretOfCache = (keys: PathKeys): boolean =>
  keys[0] === 'cache' &&
  ((keys[1] === 'redis' && (keys.length === 2 || keys[2] === 'url')) ||
    (keys[1] === 'store' && keys[2] !== 'name') ||
    keys[1] === 'encryption');

const isSecretOfPlugin = (keys: PathKeys): boolean => keys[0] === 'plugins' && keys[1] === 'settings';

/** Whether what stands there must never be shown: keys, headers and settings, which may carry keys, and a key put in another's place. */
export const isSecret = (keys: PathKeys): boolean =>
  isSecretOfProvider(keys) || isSecretOfCache(keys) || isSecretOfPlugin(keys);

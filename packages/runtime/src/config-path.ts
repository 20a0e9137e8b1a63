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

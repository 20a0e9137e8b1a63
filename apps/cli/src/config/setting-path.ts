import { usageError } from '../errors.ts';

/** A way to a setting: keys and list positions. */
export type SettingPath = readonly (string | number)[];

const plain = /^[A-Za-z_$][\w$-]*$/;
const step = /\.?([A-Za-z_$][\w$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;

/** Names that every object has, by which nothing may be written. */
const inherited: readonly string[] = ['__proto__', 'constructor', 'prototype'];

const unreadable = (text: string): Error =>
  usageError(
    `"${text}" is no path of a setting. Write it as cache.ttlMs, providers.mine.models[0] or aliases["gpt.4"].`,
    'config get',
  );

/** Reads `providers.mine.models[0]` and `aliases["gpt.4"]`, as problems of a configuration are told. Throws a usage error. */
export const parsePath = (text: string): SettingPath => {
  const keys: (string | number)[] = [];
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const from = step.lastIndex;
    const match = step.exec(text);
    // The dot stands between two keys, and only there.
    if (match === null || (match[1] !== undefined && (from === 0) === match[0].startsWith('.'))) throw unreadable(text);
    const [, word, index, quoted] = match;
    try {
      keys.push(word ?? (index === undefined ? String(JSON.parse(quoted ?? '')) : Number(index)));
    } catch {
      throw unreadable(text);
    }
    if (inherited.includes(String(keys.at(-1)))) throw unreadable(text);
  }
  if (keys.length === 0 || typeof keys[0] === 'number') throw unreadable(text);
  return keys;
};

export const formatPath = (path: SettingPath): string =>
  path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    if (!plain.test(key)) return `${text}[${JSON.stringify(key)}]`;
    return text === '' ? key : `${text}.${key}`;
  }, '');

import { CliError } from '../errors.ts';
import { formatPath, type SettingPath } from './setting-path.ts';

/** A value as typed: JSON where it is JSON, as `false`, `4100` or `["a","b"]`, and otherwise the text itself. */
export const parseValue = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

const isGroup = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands at the path; undefined where nothing does. */
export const valueAt = (settings: unknown, path: SettingPath): unknown =>
  path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
    return isGroup(value) && typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : undefined;
  }, settings);

const impossible = (path: SettingPath, problem: string): CliError =>
  new CliError('CLI_SETTING_INVALID', `${formatPath(path)} cannot be set: ${problem}`);

/**
 * The settings with another value at the path, or with none there where it is undefined; groups on the way are made.
 * Throws `CLI_SETTING_INVALID` where the path does not fit what is there.
 */
export const withValue = (settings: unknown, path: SettingPath, value: unknown, depth = 0): unknown => {
  const [key] = path.slice(depth);
  if (key === undefined) return value;
  const place = formatPath(path.slice(0, depth));
  if (typeof key === 'number') {
    const list = settings ?? [];
    if (!Array.isArray(list)) throw impossible(path, `${place} is no list.`);
    if (key > list.length || (value === undefined && key === list.length)) {
      throw impossible(path, `${place} has ${list.length} ${list.length === 1 ? 'entry' : 'entries'}, counted from 0.`);
    }
    const inner = withValue(list[key], path, value, depth + 1);
    return inner === undefined ? list.toSpliced(key, 1) : list.toSpliced(key, 1, inner);
  }
  const group = settings ?? {};
  if (!isGroup(group)) throw impossible(path, `${place} is ${Array.isArray(group) ? 'a list' : 'a single value'}.`);
  const inner = withValue(Object.hasOwn(group, key) ? group[key] : undefined, path, value, depth + 1);
  if (inner !== undefined) return { ...group, [key]: inner };
  const { [key]: _, ...rest } = group;
  return rest;
};

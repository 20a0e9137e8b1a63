import type { ResolvedConfig } from './config.ts';
import type { PathKeys } from './config-path.ts';
import { showableUrl } from './providers.ts';
import { isRecord } from './schema-kinds.ts';
import { holdsSecret } from './secret-settings.ts';

const hidden = '***';

const isAddress = (text: string): boolean => text.includes('://') && URL.canParse(text);

/** Of an address that is secret itself, who is called may be shown. */
const hideText = (text: string): string => {
  const { origin } = isAddress(text) ? new URL(text) : { origin: 'null' };
  return origin === 'null' ? hidden : `${origin}/${hidden}`;
};

const hide = (value: unknown): unknown => {
  if (typeof value === 'string') return hideText(value);
  // Only who reads them knows what is secret in there.
  if (isRecord(value)) return Object.fromEntries(Object.keys(value).map((name) => [name, hidden]));
  return Array.isArray(value) ? value.map(() => hidden) : value;
};

const show = (value: unknown, keys: PathKeys): unknown => {
  if (holdsSecret(keys)) return hide(value);
  if (typeof value === 'string') return isAddress(value) ? showableUrl(value) : value;
  if (Array.isArray(value)) return value.map((item, index) => show(item, [...keys, index]));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, show(item, [...keys, name])]));
};

/**
 * A configuration fit to be shown: keys, headers, settings of plugins, and what is secret in addresses are replaced by `***`. What is
 * so is told by the names of settings, wherever they stand.
 */
export const describeConfig = (config: ResolvedConfig): ResolvedConfig => show(config, []) as ResolvedConfig;

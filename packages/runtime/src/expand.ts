import { formatPath, type PathKeys } from './config-path.ts';
import type { ConfigProblem } from './errors.ts';

export interface Expansion {
  readonly value: unknown;
  /** The original text of each string that an environment variable went into, by formatted path. */
  readonly references: ReadonlyMap<string, string>;
  readonly problems: readonly ConfigProblem[];
}

// `$${NAME}` stands for the text `${NAME}` itself.
const reference = /\$?\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g;

/**
 * Puts environment variables into every string of a configuration: `${NAME}`, and `${NAME:-default}` where the variable
 * may be unset or empty. Each variable that is missing becomes a problem that names it and the place.
 */
export const expandEnvironment = (
  config: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Expansion => {
  const references = new Map<string, string>();
  const problems: ConfigProblem[] = [];

  const expandText = (text: string, path: PathKeys): string =>
    text.replace(reference, (match, name: string, fallback: string | undefined) => {
      if (match.startsWith('$$')) return match.slice(1);
      references.set(formatPath(path), text);
      const value = environment[name];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value !== undefined) return value;
      problems.push({
        code: 'CONFIG_ENV_MISSING',
        path: formatPath(path),
        message: `the environment variable ${name} is not set. Set it, or write \${${name}:-default}.`,
      });
      return '';
    });

  const expand = (value: unknown, path: PathKeys): unknown => {
    if (typeof value === 'string') return value.includes('${') ? expandText(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]));
  };

  return { value: expand(config, []), references, problems };
};

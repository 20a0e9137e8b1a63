import { type ProviderType, providerTypes, type ValidConfig } from './config.ts';
import { formatPath, type PathKeys } from './config-path.ts';
import { type ConfigProblem, configInvalid } from './errors.ts';
import { expandEnvironment } from './expand.ts';
import { checkSchema, type SchemaIssue } from './schema.ts';
import { mayBeSecret } from './secret-settings.ts';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const kindOf = (value: unknown): string => {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a group of settings' : `a ${typeof value}`;
};

/** What stands there, as far as it may be shown: for a secret its kind, for a variable's value the reference to it. */
const describeFound = (value: unknown, keys: PathKeys, reference: string | undefined): string => {
  if (value === '') return reference === undefined ? 'an empty text' : `an empty text from ${reference}`;
  if (mayBeSecret(keys)) return kindOf(value);
  if (reference !== undefined) return `something else in ${reference}`;
  if (typeof value === 'string') {
    const shown = value.replace(/\/\/[^/@]*@/, '//***@');
    return JSON.stringify(shown.length > 60 ? `${shown.slice(0, 60)}…` : shown);
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : kindOf(value);
};

const toProblem = (issue: SchemaIssue, references: ReadonlyMap<string, string>): ConfigProblem => {
  const path = formatPath(issue.keys);
  const fix = issue.fix === undefined ? '' : ` ${issue.fix}`;
  const message = issue.unknownKey
    ? `unknown key.${fix}`
    : `expected ${issue.expected}, found ${describeFound(issue.input, issue.keys, references.get(path))}.${fix}`;
  return { code: 'CONFIG_INVALID', path, message };
};

/** A provider whose id is the name of a type needs no `type` of its own. */
const withImpliedTypes = (config: unknown): unknown => {
  if (!isRecord(config) || !isRecord(config.providers)) return config;
  const known: readonly string[] = providerTypes satisfies readonly ProviderType[];
  const providers = Object.entries(config.providers).map(([id, provider]) => {
    if (provider === null && known.includes(id)) return [id, { type: id }];
    const implied = isRecord(provider) && (provider.type ?? undefined) === undefined && known.includes(id);
    return [id, implied ? { ...provider, type: id } : provider];
  });
  return { ...config, providers: Object.fromEntries(providers) };
};

/**
 * Expands and checks one configuration, as read from a file or given in code.
 * Throws one `ConfigError` that names every problem with its path, what was found and what to write instead.
 */
export const validateConfig = (
  config: unknown,
  options: { readonly environment: Readonly<Record<string, string | undefined>>; readonly file?: string | undefined },
): ValidConfig => {
  const expansion = expandEnvironment(config ?? {}, options.environment);
  const checked = checkSchema(withImpliedTypes(expansion.value));
  const problems = [...expansion.problems];
  if ('issues' in checked) {
    // A missing variable is one problem, not two: what its empty text breaks is left out.
    const missing = new Set(problems.map((problem) => problem.path));
    problems.push(
      ...checked.issues
        .map((issue) => toProblem(issue, expansion.references))
        .filter((problem) => !missing.has(problem.path)),
    );
  }
  if (problems.length > 0 || 'issues' in checked) throw configInvalid(problems, options.file);
  return checked.config;
};

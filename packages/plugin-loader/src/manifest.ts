import { type ContributionKind, contributionKinds, type Declaration } from './contributions.ts';
import { fault, manifestInvalid } from './errors.ts';
import { nearest } from './nearest.ts';

/** When a plugin is loaded, besides at the first use of what it contributes. */
export type Activation = 'always' | 'idle' | `command:${string}` | `event:${string}`;

/** A plugin as its manifest describes it. Reading one runs no code of the plugin. */
export interface PluginManifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  /** Range of host versions it works with. @default '*' */
  readonly host: string;
  /** Loaded first, in the order of dependencies. @default false */
  readonly core: boolean;
  /** Plugins that must be active before it: name and range. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** @default [], which is: at first use */
  readonly activates: readonly Activation[];
  readonly contributes: Readonly<Partial<Record<ContributionKind, readonly Declaration[]>>>;
  /** Module with the plugin as its default export, relative to the plugin's folder. @default './dist/index.js' */
  readonly main: string;
  /**
   * Loaded in place of `main` where it is there and the folder is not installed in a `node_modules`: sources that Node runs as they
   * are, such as TypeScript.
   * @default none
   */
  readonly development?: string;
  /** Runs in a thread of its own. That keeps what hangs or crashes away from the host; it does not protect from malice. */
  readonly worker: boolean;
}

const namePattern = /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;
// The grammar of https://semver.org, without capture groups.
const versionPattern =
  /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;
const contributionPattern = /^[a-zA-Z0-9][a-zA-Z0-9 ._:/@-]*$/;
const activationPattern = /^(?:always|idle|(?:command|event):\S(?:.*\S)?)$/;

const fields = [
  'name',
  'version',
  'description',
  'host',
  'core',
  'dependencies',
  'activates',
  'contributes',
  'main',
  'development',
  'worker',
  '$schema',
] as const;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isText = (value: unknown, pattern: RegExp, maxLength = 214): value is string =>
  typeof value === 'string' && value.length <= maxLength && pattern.test(value);

const isRange = (value: unknown): boolean => typeof value === 'string' && value.trim() !== '' && value.length <= 256;

/** Whether a module's path stays within the plugin's folder. */
const isInside = (path: string): boolean =>
  !/^(?:[\\/]|[a-zA-Z][a-zA-Z0-9+.-]*:)/.test(path) &&
  !path.includes('\0') &&
  !path.split(/[\\/]/).includes('..') &&
  /[^\\/.]/.test(path);

type Report = (field: string, value: unknown, expected: string) => void;

const checkNames = (value: Record<string, unknown>, known: readonly string[], prefix: string, report: Report): void => {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue;
    const meant = nearest(name, known);
    report(
      `${prefix}${name}`,
      value[name],
      meant === undefined ? `one of ${known.join(', ')} instead` : `${prefix}${meant} instead`,
    );
  }
};

const checkDependencies = (value: unknown, report: Report): void => {
  if (!isObject(value)) {
    report('dependencies', value, 'an object of names and version ranges');
    return;
  }
  for (const [name, range] of Object.entries(value)) {
    if (!isText(name, namePattern)) report('dependencies', name, 'names of plugins, such as "acme-models"');
    if (!isRange(range)) report(`dependencies.${name}`, range, 'a version range, such as "^1.2.0"');
  }
};

const checkDeclarations = (kind: ContributionKind, value: unknown, report: Report): void => {
  const field = `contributes.${kind}`;
  if (!Array.isArray(value)) {
    report(field, value, 'a list of objects with a name');
    return;
  }
  const seen = new Set<string>();
  for (const [index, each] of value.entries()) {
    const at = `${field}[${index}]`;
    if (!isObject(each)) {
      report(at, each, 'an object with a name');
      continue;
    }
    if (!isText(each.name, contributionPattern))
      report(`${at}.name`, each.name, 'a name of letters, digits, spaces and ._:/@-');
    else if (seen.has(each.name)) report(`${at}.name`, each.name, 'each name once');
    else seen.add(each.name);
    if (each.summary !== undefined && typeof each.summary !== 'string') report(`${at}.summary`, each.summary, 'a text');
  }
};

const checkContributes = (value: unknown, report: Report): void => {
  if (!isObject(value)) {
    report('contributes', value, 'an object of lists by kind');
    return;
  }
  checkNames(value, contributionKinds, 'contributes.', report);
  for (const kind of contributionKinds) {
    if (value[kind] !== undefined) checkDeclarations(kind, value[kind], report);
  }
};

const checkActivates = (value: unknown, report: Report): void => {
  if (!Array.isArray(value)) {
    report('activates', value, 'a list');
    return;
  }
  for (const [index, each] of value.entries()) {
    if (!isText(each, activationPattern))
      report(`activates[${index}]`, each, '"always", "idle", "command:NAME" or "event:NAME"');
  }
};

const checkFlag = (name: string, value: unknown, report: Report): void => {
  if (value !== undefined && typeof value !== 'boolean') report(name, value, 'true or false');
};

const checkModule = (field: string, value: unknown, example: string, report: Report): void => {
  if (value !== undefined && (typeof value !== 'string' || !isInside(value)))
    report(field, value, `a module within the plugin's folder, such as '${example}'`);
};

const check = (value: Record<string, unknown>, report: Report): void => {
  const { name, version, description, host, core, dependencies, activates, contributes, worker } = value;
  if (!isText(name, namePattern)) report('name', name, 'a name as npm packages have them, such as "acme-models"');
  if (!isText(version, versionPattern)) report('version', version, 'a version such as "1.2.3" (https://semver.org)');
  if (description !== undefined && typeof description !== 'string') report('description', description, 'a text');
  if (host !== undefined && !isRange(host)) report('host', host, 'a range of host versions, such as ">=0.1 <1"');
  checkFlag('core', core, report);
  checkFlag('worker', worker, report);
  if (dependencies !== undefined) checkDependencies(dependencies, report);
  if (activates !== undefined) checkActivates(activates, report);
  if (contributes !== undefined) checkContributes(contributes, report);
  checkModule('main', value.main, './dist/index.js', report);
  checkModule('development', value.development, './src/index.ts', report);
  checkNames(value, fields, '', report);
};

/**
 * Checks what was read from `path` and fills in the defaults. Throws `PLUGIN_MANIFEST_INVALID`, which names the file, every
 * field at fault and what to write instead.
 */
export const parseManifest = (value: unknown, path: string): PluginManifest => {
  if (!isObject(value)) throw manifestInvalid(path, undefined, '', [fault('the manifest', value, 'an object')]);
  const faults: string[] = [];
  let first = '';
  check(value, (field, found, expected) => {
    if (faults.length === 0) first = field;
    faults.push(fault(field, found, expected));
  });
  if (faults.length > 0)
    throw manifestInvalid(path, typeof value.name === 'string' ? value.name : undefined, first, faults);
  const given = value as Partial<PluginManifest> & Pick<PluginManifest, 'name' | 'version'>;
  return {
    name: given.name,
    version: given.version,
    ...(given.description !== undefined && { description: given.description }),
    host: given.host ?? '*',
    core: given.core ?? false,
    dependencies: given.dependencies ?? {},
    activates: given.activates ?? [],
    contributes: given.contributes ?? {},
    main: given.main ?? './dist/index.js',
    ...(given.development !== undefined && { development: given.development }),
    worker: given.worker ?? false,
  };
};

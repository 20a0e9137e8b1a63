import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ValidConfig } from './config.ts';
import { type ConfigPlacesOptions, configPlaces } from './config-files.ts';
import { configAmbiguous, configNotFound, configUnreadable } from './errors.ts';
import type { ImportModule } from './read-module.ts';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const readJson = async (file: string, text: string): Promise<unknown> => {
  try {
    return JSON.parse(text);
  } catch {
    const { findJsonProblem } = await import('@hotpath/batch/json-syntax');
    const problem = findJsonProblem(text, { hasRepeats: true });
    throw configUnreadable(
      file,
      problem === undefined
        ? 'it is not valid JSON.'
        : `it is not valid JSON at line ${problem.line}, column ${problem.column}: ${problem.reason}.`,
    );
  }
};

const readYaml = async (file: string, text: string): Promise<unknown> => {
  const { load, YAMLException } = await import('js-yaml');
  if (!/^\s*[^#\s]/m.test(text)) return {};
  try {
    return load(text);
  } catch (error) {
    // The exception's own message shows the lines around the place, which may hold a key.
    if (!(error instanceof YAMLException)) throw configUnreadable(file, `it is not valid YAML: ${messageOf(error)}`);
    const { explainYaml } = await import('./yaml-syntax.ts');
    const place = error.mark ? ` at line ${error.mark.line + 1}, column ${error.mark.column + 1}` : '';
    throw configUnreadable(file, `it is not valid YAML${place}: ${explainYaml(error.reason)}`);
  }
};

const importOnce: ImportModule = (file) => import(pathToFileURL(file).href);

const readModule = async (file: string, importModule: ImportModule): Promise<unknown> => {
  let module: { readonly default?: unknown };
  try {
    module = await importModule(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND';
    const hint =
      isMissing && messageOf(error).includes("'@hotpath/runtime'")
        ? ' A configuration works without it: write `export default { … }`. For types in an editor, install it beside the file.'
        : isMissing
          ? ' Install what it imports beside the file, or import types alone with `import type`.'
          : error instanceof SyntaxError && /export|import/.test(error.message) && file.endsWith('.ts')
            ? ' Its folder is set to CommonJS: rename the file to hotpath.config.mts.'
            : '';
    throw configUnreadable(file, `${messageOf(error)}.${hint}`.replaceAll('..', '.'), error);
  }
  if (module.default === undefined) {
    throw configUnreadable(file, 'it has no default export. Write `export default { … }`.');
  }
  return await module.default;
};

const readConfig = async (file: string, importModule = importOnce): Promise<unknown> => {
  const extension = extname(file);
  if (extension === '.ts' || extension === '.mts') return readModule(file, importModule);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    throw configUnreadable(file, `${messageOf(error)}.`, error);
  }
  if (extension === '.json') return readJson(file, text);
  if (extension === '.yaml' || extension === '.yml') return readYaml(file, text);
  throw configUnreadable(file, 'its name must end in .ts, .mts, .json, .yaml or .yml.');
};

export interface FindConfigOptions extends ConfigPlacesOptions {
  /** For a file that is a module. @default `import`, to which a module stays what it was at first */
  readonly importModule?: ImportModule | undefined;
}

/**
 * Finds the configuration file: `file`, else `HOTPATH_CONFIG`, else the working folder, else the user's folder.
 * Throws `CONFIG_NOT_FOUND` where a named file is missing and `CONFIG_INVALID` where two stand side by side.
 */
export const findConfigFile = (options: FindConfigOptions): string | undefined => {
  const places = configPlaces(options);
  if ('named' in places) {
    if (!existsSync(places.named)) throw configNotFound(places.named, places.askedBy);
    return places.named;
  }
  for (const candidates of places.folders) {
    const files = candidates.filter((file) => existsSync(file));
    if (files.length > 1) throw configAmbiguous(files);
    if (files[0] !== undefined) return files[0];
  }
  return undefined;
};

export interface LoadedConfig {
  readonly config: ValidConfig;
  /** Absolute; absent where there is no file. */
  readonly file: string | undefined;
}

/** `~` and what separates folders here: a backslash is an ordinary character elsewhere. */
const homeOf = (separator: string): RegExp => (separator === '\\' ? /^~[\\/]/ : /^~\//);

const withAbsolutePaths = (config: ValidConfig, folder: string, home: string): ValidConfig => {
  const absolute = (path: string): string =>
    homeOf(sep).test(path) ? join(home, path.slice(2)) : resolve(folder, path);
  const withPath = <Section extends { readonly path?: string }>(section: Section): Section =>
    section.path === undefined ? section : { ...section, path: absolute(section.path) };
  const { cache, economy, plugins, telemetry } = config;
  return {
    ...config,
    ...(cache && { cache: withPath(cache) }),
    ...(economy && { economy: withPath(economy) }),
    ...(telemetry && {
      telemetry: { ...withPath(telemetry), ...(telemetry.content && { content: withPath(telemetry.content) }) },
    }),
    ...(plugins?.folders && { plugins: { ...plugins, folders: plugins.folders.map(absolute) } }),
  };
};

/** Checks a configuration given in code; relative paths count from `folder`. Throws `ConfigError`. */
export const checkConfig = async (
  config: unknown,
  options: {
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly folder: string;
    readonly home: string;
    readonly file?: string;
  },
): Promise<ValidConfig> => {
  const { validateConfig } = await import('./validate.ts');
  return withAbsolutePaths(validateConfig(config, options), options.folder, options.home);
};

/**
 * Finds, reads, expands and checks the configuration file. Without a file the configuration is empty.
 * Throws a `ConfigError` that names the file, every problem in it and what to do.
 */
export const loadConfig = async (options: FindConfigOptions & { readonly home: string }): Promise<LoadedConfig> => {
  const file = findConfigFile(options);
  if (file === undefined) return { config: {}, file };
  const { environment, home, importModule } = options;
  return {
    config: await checkConfig(await readConfig(file, importModule), { environment, home, folder: dirname(file), file }),
    file,
  };
};

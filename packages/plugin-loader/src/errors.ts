/** Stable codes of everything that `@hotpath/plugin-loader` throws or reports. */
export type PluginErrorCode =
  | 'PLUGIN_OPTION_INVALID'
  | 'PLUGIN_SOURCE_FAILED'
  | 'PLUGIN_MANIFEST_INVALID'
  | 'PLUGIN_NAME_DUPLICATE'
  | 'PLUGIN_CONTRIBUTION_CONFLICT'
  | 'PLUGIN_CONTRIBUTION_INVALID'
  | 'PLUGIN_CONTRIBUTION_UNKNOWN'
  | 'PLUGIN_HOST_UNSUPPORTED'
  | 'PLUGIN_DEPENDENCY_MISSING'
  | 'PLUGIN_DEPENDENCY_VERSION'
  | 'PLUGIN_DEPENDENCY_CYCLE'
  | 'PLUGIN_DEPENDENCY_SKIPPED'
  | 'PLUGIN_DISABLED'
  | 'PLUGIN_QUARANTINED'
  | 'PLUGIN_UNKNOWN'
  | 'PLUGIN_IMPORT_FAILED'
  | 'PLUGIN_IMPORT_TIMEOUT'
  | 'PLUGIN_EXPORT_INVALID'
  | 'PLUGIN_ACTIVATION_FAILED'
  | 'PLUGIN_ACTIVATION_TIMEOUT'
  | 'PLUGIN_DEACTIVATION_FAILED'
  | 'PLUGIN_DEACTIVATION_TIMEOUT'
  | 'PLUGIN_EXITED'
  | 'PLUGIN_CRASHED'
  | 'PLUGIN_WORKER_FAILED'
  | 'PLUGIN_FILE_UNWRITABLE'
  | 'PLUGIN_FACTS_FAILED'
  | 'PLUGIN_HOST_CLOSED';

export interface PluginErrorFields {
  /** Name of the plugin concerned. */
  readonly plugin?: string | undefined;
  /** The file or folder concerned. */
  readonly path?: string | undefined;
  /** The field of the manifest, or the option, at fault. */
  readonly field?: string | undefined;
  /** Names from this plugin to the one that is missing, skipped or met again. */
  readonly via?: readonly string[] | undefined;
  readonly cause?: unknown;
}

const brand = Symbol.for('hotpath.plugins.error');

/** Every failure of the loader. Recognise it by `code`, or by `PluginError.isInstance` across copies of the package. */
export class PluginError extends Error {
  override readonly name: string = 'PluginError';
  readonly code: PluginErrorCode;
  readonly plugin: string | undefined;
  readonly path: string | undefined;
  readonly field: string | undefined;
  readonly via: readonly string[] | undefined;
  readonly [brand] = true;

  constructor(code: PluginErrorCode, message: string, fields: PluginErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    this.plugin = fields.plugin;
    this.path = fields.path;
    this.field = fields.field;
    this.via = fields.via;
  }

  static isInstance(error: unknown): error is PluginError {
    return typeof error === 'object' && error !== null && brand in error;
  }
}

/** A plugin may throw anything, also what cannot be made a string. */
const reason = (cause: unknown): string => {
  try {
    return cause instanceof Error ? cause.message : String(cause);
  } catch {
    return 'an error without a message';
  }
};

const shown = (value: unknown): string => {
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
  } catch {
    return typeof value;
  }
};

const arrows = (names: readonly string[]): string => names.join(' -> ');

export const optionInvalid = (option: string, value: unknown, expected: string): PluginError =>
  new PluginError('PLUGIN_OPTION_INVALID', `${option} is ${shown(value)}: give ${expected}.`, { field: option });

export const sourceFailed = (source: string, cause: unknown): PluginError =>
  new PluginError(
    'PLUGIN_SOURCE_FAILED',
    `The plugins of ${source} cannot be listed (${reason(cause)}). Check that this user may read it; the other sources are in use.`,
    { path: source, cause },
  );

export const manifestUnreadable = (path: string, cause: unknown): PluginError =>
  new PluginError(
    'PLUGIN_MANIFEST_INVALID',
    `${path} cannot be read as JSON (${reason(cause)}). Mend the file, or remove the plugin.`,
    { path, cause },
  );

/** `faults` are whole clauses: "version is 1: give ...". */
export const manifestInvalid = (
  path: string,
  plugin: string | undefined,
  field: string,
  faults: readonly string[],
): PluginError => {
  const listed = faults.slice(0, 5).join('; ');
  const more = faults.length > 5 ? `; and ${faults.length - 5} more` : '';
  return new PluginError('PLUGIN_MANIFEST_INVALID', `${path}: ${listed}${more}.`, { plugin, path, field });
};

export const fault = (field: string, value: unknown, expected: string): string =>
  value === undefined ? `${field} is missing: give ${expected}` : `${field} is ${shown(value)}: give ${expected}`;

export const nameDuplicate = (plugin: string, path: string, winner: string): PluginError =>
  new PluginError(
    'PLUGIN_NAME_DUPLICATE',
    `The plugin ${plugin} in ${path} is not used: the one in ${winner} comes first. Remove one of them, or rename it.`,
    { plugin, path },
  );

export const contributionConflict = (plugin: string, kind: string, id: string, winner: string): PluginError =>
  new PluginError(
    'PLUGIN_CONTRIBUTION_CONFLICT',
    `${kind} ${id} of ${plugin} is not used: ${winner}, which comes first, contributes it too. Disable one of them, or rename it there.`,
    { plugin, field: `contributes.${kind}` },
  );

export const contributionInvalid = (plugin: string, kind: string, id: string, fault: string): PluginError =>
  new PluginError('PLUGIN_CONTRIBUTION_INVALID', `${kind} ${id} of ${plugin} ${fault}.`, {
    plugin,
    field: `contributes.${kind}`,
  });

export const contributionUnknown = (kind: string, id: string, known: readonly string[]): PluginError =>
  new PluginError(
    'PLUGIN_CONTRIBUTION_UNKNOWN',
    `No plugin contributes ${id} to ${kind}. ${known.length === 0 ? 'Install one that does' : `There are: ${known.join(', ')}`}.`,
    { field: `contributes.${kind}` },
  );

export const hostUnsupported = (plugin: string, path: string, range: string, host: string): PluginError =>
  new PluginError(
    'PLUGIN_HOST_UNSUPPORTED',
    `The plugin ${plugin} asks for a host ${range}, and this is ${host}. Update the host, or install a version of the plugin that fits.`,
    { plugin, path, field: 'host' },
  );

export const dependencyMissing = (via: readonly string[]): PluginError =>
  new PluginError(
    'PLUGIN_DEPENDENCY_MISSING',
    `The plugin ${via[0]} needs ${via.at(-1)}, which is not installed (${arrows(via)}). Install it, or remove ${via[0]}.`,
    { plugin: via[0], field: 'dependencies', via },
  );

export const dependencyVersion = (plugin: string, needed: string, range: string, found: string): PluginError =>
  new PluginError(
    'PLUGIN_DEPENDENCY_VERSION',
    `The plugin ${plugin} needs ${needed} ${range}, and ${found} is installed. Update one of the two.`,
    { plugin, field: 'dependencies', via: [plugin, needed] },
  );

export const dependencyCycle = (via: readonly string[]): PluginError =>
  new PluginError(
    'PLUGIN_DEPENDENCY_CYCLE',
    `The plugins need each other in a circle: ${arrows(via)}. Take one of these dependencies out.`,
    { plugin: via[0], field: 'dependencies', via },
  );

export const dependencySkipped = (via: readonly string[], why: PluginError | undefined): PluginError =>
  new PluginError(
    'PLUGIN_DEPENDENCY_SKIPPED',
    `The plugin ${via[0]} is skipped: it needs ${via.at(-1)} (${arrows(via)}), which is not in use${why === undefined ? '' : ` (${why.code})`}. Mend or enable ${via.at(-1)}.`,
    { plugin: via[0], field: 'dependencies', via, ...(why !== undefined && { cause: why }) },
  );

export const pluginDisabled = (plugin: string): PluginError =>
  new PluginError('PLUGIN_DISABLED', `The plugin ${plugin} is disabled. Enable it to use it.`, { plugin });

export const pluginQuarantined = (plugin: string, why: string): PluginError =>
  new PluginError(
    'PLUGIN_QUARANTINED',
    `The plugin ${plugin} is in quarantine: ${why}. Update it, or lift the quarantine to try again.`,
    { plugin },
  );

export const pluginUnknown = (plugin: string, known: readonly string[]): PluginError =>
  new PluginError(
    'PLUGIN_UNKNOWN',
    `There is no plugin ${plugin}. ${known.length === 0 ? 'None is installed' : `There are: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', ...' : ''}`}.`,
    { plugin },
  );

export type Phase = 'import' | 'activation' | 'deactivation';

const failedCodes = {
  import: 'PLUGIN_IMPORT_FAILED',
  activation: 'PLUGIN_ACTIVATION_FAILED',
  deactivation: 'PLUGIN_DEACTIVATION_FAILED',
} as const;

const timeoutCodes = {
  import: 'PLUGIN_IMPORT_TIMEOUT',
  activation: 'PLUGIN_ACTIVATION_TIMEOUT',
  deactivation: 'PLUGIN_DEACTIVATION_TIMEOUT',
} as const;

export const phaseFailed = (plugin: string, path: string, phase: Phase, cause: unknown): PluginError =>
  new PluginError(
    failedCodes[phase],
    `The ${phase} of the plugin ${plugin} failed (${reason(cause)}). Update or disable it, or tell its author.`,
    { plugin, path, cause },
  );

export const phaseTimeout = (plugin: string, path: string, phase: Phase, timeoutMs: number): PluginError =>
  new PluginError(
    timeoutCodes[phase],
    `The ${phase} of the plugin ${plugin} took longer than ${timeoutMs} ms. Update or disable it, or raise timeouts.${phase}Ms.`,
    { plugin, path },
  );

export const exportInvalid = (plugin: string, path: string): PluginError =>
  new PluginError(
    'PLUGIN_EXPORT_INVALID',
    `${path} of the plugin ${plugin} has no plugin as its default export. Write "export default definePlugin({ activate() { ... } })".`,
    { plugin, path },
  );

export const pluginExited = (plugin: string, exitCode: unknown): PluginError =>
  new PluginError(
    'PLUGIN_EXITED',
    `The plugin ${plugin} tried to end the process (exit code ${shown(exitCode ?? 0)}). Update or disable it: plugins throw when something is wrong.`,
    { plugin },
  );

export const pluginCrashed = (plugin: string, path: string, cause: unknown): PluginError =>
  new PluginError(
    'PLUGIN_CRASHED',
    `The plugin ${plugin} failed outside of any call (${reason(cause)}). Update or disable it, or tell its author.`,
    { plugin, path, cause },
  );

export const workerFailed = (plugin: string, what: string, cause?: unknown): PluginError =>
  new PluginError(
    'PLUGIN_WORKER_FAILED',
    `The worker of the plugin ${plugin} ${what}${cause === undefined ? '' : ` (${reason(cause)})`}. Reload the plugin, or tell its author.`,
    { plugin, cause },
  );

export const workerMissing = (plugin: string, path: string): PluginError =>
  new PluginError(
    'PLUGIN_WORKER_FAILED',
    `The plugin ${plugin} cannot have its thread: ${path} is not there. Whoever bundles @hotpath/plugin-loader puts its worker-thread.js beside the bundle.`,
    { plugin, path },
  );

export const fileUnwritable = (path: string, cause: unknown): PluginError =>
  new PluginError(
    'PLUGIN_FILE_UNWRITABLE',
    `${path} cannot be written (${reason(cause)}). Give this user the right to write there, or choose another path; until then starts are slower and crashes are not remembered.`,
    { path, cause },
  );

export const factsFailed = (plugin: string, path: string, cause: unknown): PluginError =>
  new PluginError(
    'PLUGIN_FACTS_FAILED',
    `The files of the plugin ${plugin} cannot be read (${reason(cause)}). Check ${path}.`,
    { plugin, path, cause },
  );

export const hostClosed = (): PluginError =>
  new PluginError('PLUGIN_HOST_CLOSED', 'The plugin host was deactivated. Create a new one.');

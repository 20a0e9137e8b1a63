import { sep } from 'node:path';
import type { FoundPlugin, SourceContext } from '../source.ts';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const whole = (json: unknown): unknown => json;

/** The manifest in a `package.json`: its field `hotpath`, with name, version and main of the package. */
export const packagedManifest = (json: unknown): unknown => {
  if (!isObject(json) || json.hotpath === undefined) return undefined;
  const { name, version, description, main, hotpath } = json;
  if (!isObject(hotpath)) return hotpath;
  const ofPackage = { name, version, description, main };
  return { ...JSON.parse(JSON.stringify(ofPackage)), ...hotpath };
};

/** The plugin that a folder's `plugin.json` describes. */
export const readPluginFile = (folder: string, { read }: SourceContext): FoundPlugin | undefined => {
  const file = `${folder}${sep}plugin.json`;
  const found = read(file, whole);
  return found && { folder, file, manifest: 'error' in found ? found.error : found.value };
};

/** The plugin of a folder: `plugin.json` goes before the field `hotpath` of `package.json`. */
export const readPluginFolder = (folder: string, context: SourceContext): FoundPlugin | undefined => {
  const own = readPluginFile(folder, context);
  if (own !== undefined) return own;
  const shared = `${folder}${sep}package.json`;
  const packaged = context.read(shared, packagedManifest);
  if (packaged === undefined) return undefined;
  if ('error' in packaged) return { folder, file: shared, manifest: packaged.error };
  return packaged.value == null ? undefined : { folder, file: shared, manifest: packaged.value };
};

import { mkdirSync, mkdtempSync, realpathSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

/** A plugin to be written: its manifest, and the body of its module. */
export interface PluginFiles {
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** The whole module. @default one whose `activate` contributes what the manifest declares, as functions that return their names */
  readonly code?: string;
}

const contributing = (contributes: Readonly<Record<string, readonly { name: string }[]>>): string => {
  const kinds = Object.entries(contributes).map(
    ([kind, list]) =>
      `${kind}: { ${list.map(({ name }) => `${JSON.stringify(name)}: () => ${JSON.stringify(name)}`).join(', ')} }`,
  );
  return `globalThis.loaded?.push(import.meta.url);\nexport default { activate: () => ({ ${kinds.join(', ')} }) };\n`;
};

export interface PluginFolder {
  readonly path: string;
  /** Writes `<path>/<name>/plugin.json` and `index.js`, long enough ago to be trusted by an index. */
  add(name: string, files?: PluginFiles): string;
  file(path: string, content: string): string;
}

/** A folder for plugins, removed after the test. */
export const pluginFolder = (): PluginFolder => {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'hotpath-plugins-')));
  folders.push(path);
  const file = (name: string, content: string): string => {
    const full = join(path, name);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, content);
    return full;
  };
  return {
    path,
    file,
    add: (name, { manifest = {}, code } = {}) => {
      const { contributes = {} } = manifest as { contributes?: Record<string, { name: string }[]> };
      file(`${name}/plugin.json`, JSON.stringify({ name, version: '1.0.0', main: './index.js', ...manifest }));
      file(`${name}/package.json`, '{"type":"module"}');
      file(`${name}/index.js`, code ?? contributing(contributes));
      return join(path, name);
    },
  };
};

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Sets a file's time of writing, seconds ago. */
export const age = (path: string, seconds: number): void => {
  const at = Date.now() / 1000 - seconds;
  utimesSync(path, at, at);
};

/** Code that announces itself when it is evaluated, so that a test can say what was loaded and when. */
export const recording = (label: string, rest = ''): string =>
  `globalThis.record?.(${JSON.stringify(`import ${label}`)});
export default {
  activate: () => { globalThis.record?.(${JSON.stringify(`activate ${label}`)}); ${rest} },
  deactivate: () => { globalThis.record?.(${JSON.stringify(`deactivate ${label}`)}); },
};
`;

/** What `recording` plugins did since, in order. */
export const listenToPlugins = (): string[] => {
  const heard: string[] = [];
  (globalThis as { record?: (line: string) => void }).record = (line) => heard.push(line);
  return heard;
};

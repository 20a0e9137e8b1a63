import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshMachine, type Outcome } from './built.ts';

/** Code of a plugin: what `activate` returns, as source text. */
export const contributing = (contributions: string): string =>
  `export default { activate: () => (${contributions}) };\n`;

export const nothing = contributing('{}');

/** A machine with a simulated provider, to put plugins on. */
export const pluginMachine = (config: object = {}) => {
  const machine = freshMachine();
  machine.write(
    'hotpath.config.json',
    JSON.stringify({ providers: { sim: {} }, detect: { ollama: false }, ...config }),
  );
  const project = join(machine.folder, '.hotpath', 'plugins');
  const plugins = (...args: string[]): Promise<Outcome> => machine.run(['plugins', ...args]);
  return {
    ...machine,
    /** Where plugins of the project are. */
    project,
    /** Where those of the user are. */
    user: join(machine.folder, 'home', 'plugins'),
    /** Puts a plugin into a folder of plugins, the project's unless told otherwise. Returns its folder. */
    plugin(name: string, manifest: object = {}, code = nothing, folder = project): string {
      const path = join(folder, name.replace('/', '__'));
      mkdirSync(path, { recursive: true });
      const whole = { name, version: '1.0.0', main: './index.mjs', ...manifest };
      writeFileSync(join(path, 'plugin.json'), JSON.stringify(whole));
      writeFileSync(join(path, 'index.mjs'), code);
      return path;
    },
    /** Runs `hotpath plugins ...`. */
    plugins,
    /** The same with `--json`, parsed. */
    json: async (...args: string[]) => JSON.parse((await plugins(...args, '--json')).stdout),
  };
};

export type PluginMachine = ReturnType<typeof pluginMachine>;

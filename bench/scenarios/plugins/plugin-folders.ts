import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const ioMs = 20;
export const cpuMs = 5;

const code = `const end = performance.now() + ${cpuMs};
while (performance.now() < end);
export default { activate: () => new Promise((resolve) => setTimeout(() => resolve({ commands: { COMMAND: () => 0 } }), ${ioMs})) };
`;

export const pluginName = (at: number): string => `plugin-${String(at).padStart(3, '0')}`;

/** Writes plugins that take 5 ms of CPU to import and 20 ms of waiting to activate. Returns the folder they are in. */
export const writePlugins = (count: number, manifestOf: (at: number) => object): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-plugins-'));
  for (let at = 0; at < count; at++) {
    const own = join(folder, pluginName(at));
    const command = `run-${at}`;
    const manifest = {
      name: pluginName(at),
      version: '1.2.3',
      description: 'Does something with models that is of use to people',
      host: '>=0.1 <1',
      main: './index.js',
      contributes: { commands: [{ name: command, summary: 'Runs something and says what came of it' }] },
      ...manifestOf(at),
    };
    mkdirSync(own);
    writeFileSync(join(own, 'plugin.json'), JSON.stringify(manifest, null, 2));
    writeFileSync(join(own, 'package.json'), '{"type":"module"}');
    writeFileSync(join(own, 'index.js'), code.replace('COMMAND', JSON.stringify(command)));
  }
  return folder;
};

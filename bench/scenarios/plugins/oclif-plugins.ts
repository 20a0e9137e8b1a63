import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuMs, ioMs, pluginName } from './plugin-folders.ts';

const hook = `const end = performance.now() + ${cpuMs};
while (performance.now() < end);
export default () => new Promise((resolve) => setTimeout(resolve, ${ioMs}));
`;

const writeJson = (path: string, content: object): void => writeFileSync(path, JSON.stringify(content, null, 2));

/**
 * Writes a command line of oclif with as many plugins as packages, each with the manifest that `oclif manifest` makes of it, and with an
 * `init` hook that takes what our plugins take: 5 ms of CPU to import, 20 ms of waiting to run. Returns the folder of the command line.
 */
export const writeOclifPlugins = (count: number): string => {
  const root = mkdtempSync(join(tmpdir(), 'hotpath-oclif-'));
  const names = Array.from({ length: count }, (_, at) => pluginName(at));
  writeJson(join(root, 'package.json'), {
    name: 'oclif-host',
    version: '0.5.0',
    type: 'module',
    dependencies: Object.fromEntries(names.map((name) => [name, '1.2.3'])),
    oclif: { bin: 'oclif-host', dirname: 'oclif-host', plugins: names },
  });
  writeJson(join(root, 'oclif.manifest.json'), { version: '0.5.0', commands: {} });
  for (const [at, name] of names.entries()) {
    const own = join(root, 'node_modules', name);
    const command = `run-${at}`;
    mkdirSync(own, { recursive: true });
    writeJson(join(own, 'package.json'), {
      name,
      version: '1.2.3',
      description: 'Does something with models that is of use to people',
      type: 'module',
      oclif: {
        commands: { strategy: 'explicit', target: './commands.js', identifier: 'COMMANDS' },
        hooks: { init: './init.js' },
      },
    });
    writeJson(join(own, 'oclif.manifest.json'), {
      version: '1.2.3',
      commands: {
        [command]: {
          id: command,
          aliases: [],
          args: {},
          flags: {},
          summary: 'Runs something and says what came of it',
          pluginName: name,
          pluginType: 'core',
          strict: true,
          isESM: true,
        },
      },
    });
    writeFileSync(join(own, 'init.js'), hook);
  }
  return root;
};

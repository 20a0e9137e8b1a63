import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ContributionTypes, createPluginHost, folderSource, npmSource } from '@hotpath/plugin-loader';

const here = fileURLToPath(new URL('.', import.meta.url));
const state = mkdtempSync(join(tmpdir(), 'hotpath-example-'));

// #region host
interface Types extends ContributionTypes {
  readonly commands: (name: string) => string;
}

await using host = createPluginHost<{ greeting: string }, Types>({
  sources: [folderSource(here), npmSource({ root: here })],
  hostVersion: '0.1.0',
  indexFile: join(state, 'plugins.index'),
  stateFile: join(state, 'plugins.json'),
  context: () => ({ greeting: 'Good morning' }),
});
await host.boot();

// What --help prints: no plugin was loaded for it.
for (const { name, declaration } of host.contributions('commands')) console.log(name, declaration.summary);

// The first use loads the plugin.
const greet = await host.resolve('commands', 'greet');
console.log(greet('world'));
// #endregion host

for (const { code, message } of host.problems()) console.error(code, message);

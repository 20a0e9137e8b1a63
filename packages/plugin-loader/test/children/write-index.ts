// Discovers and writes the index over and over, each time for a host of another version, and looks at what is there afterwards.
import { openDiscoveryIndex } from '../../src/discovery-index.ts';
import { createPluginHost, folderSource } from '../../src/index.ts';

const [plugins = '', indexFile = '', minor] = process.argv.slice(2);
let least = Number.POSITIVE_INFINITY;
let whole = Number.POSITIVE_INFINITY;
for (let round = 0; round < 100; round++) {
  const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: `1.${minor}.${round}`, indexFile });
  const report = await host.discover();
  least = Math.min(least, report.plugins);
  await host.flush();
  // Nobody removes it: there is always one, this process's or the other's, and never a part of one.
  const [source = {}] = Object.values(openDiscoveryIndex(indexFile).manifests()?.sources ?? {});
  whole = Math.min(whole, Object.keys(source).length);
}
console.log(`${least} ${whole}`);

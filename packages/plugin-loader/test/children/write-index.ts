// Discovers and writes the index over and over, and looks at what the other process left.
import { rmSync } from 'node:fs';
import { createPluginHost, folderSource } from '../../src/index.ts';
import { readIndex } from '../../src/index-file.ts';

const [plugins = '', indexFile = ''] = process.argv.slice(2);
let least = Number.POSITIVE_INFINITY;
let broken = 0;
for (let round = 0; round < 100; round++) {
  const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', indexFile });
  const report = await host.discover();
  least = Math.min(least, report.plugins);
  await host.flush();
  if (round % 5 === 0) rmSync(indexFile, { force: true });
  else {
    const index = readIndex(indexFile);
    // The other one may have removed it: there is none, or a whole one.
    if (index !== undefined && Object.keys(Object.values(index.sources)[0] ?? {}).length !== least) broken += 1;
  }
}
console.log(`${least} ${least - broken}`);

// An application that is bundled with the loader: prints what a plugin in a thread of its own answers, or why it has none.
import { createPluginHost, folderSource } from '../../src/index.ts';

const [plugins = ''] = process.argv.slice(2);
const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0' });
try {
  const where = (await host.resolve('commands', 'where')) as () => Promise<string>;
  console.log(await where());
} catch (error) {
  console.log((error as Error).message);
}
await host.deactivate();

// Boots the plugins of a folder, prints what is wrong with them, and ends: by itself, or in the middle (`exit`), or as it wants to when it is
// sent SIGTERM (`listens`), of which it tells how many do.
import { createPluginHost, folderSource } from '../../src/index.ts';

const [plugins = '', stateFile = '', ending] = process.argv.slice(2);
const host = createPluginHost({ sources: [folderSource(plugins)], hostVersion: '1.0.0', stateFile });
if (ending === 'exit') setTimeout(() => process.exit(5), 100);
if (ending === 'listens') {
  process.on('SIGTERM', () => {
    console.log(`mine, of ${process.listenerCount('SIGTERM')}`);
    setTimeout(() => process.exit(7), 20);
  });
}
const { problems } = await host.boot();
for (const { plugin, code } of problems) console.log(`${plugin} ${code}`);
await host.deactivate();

// Boots the plugins of a folder and lives for a while, telling of problems as they are found. What becomes of rejections it leaves to
// Node.js, or listens and goes on (`goes-on`), or ends (`ends`).
import { createPluginHost, folderSource } from '../../src/index.ts';

const [plugins = '', stateFile = '', ending] = process.argv.slice(2);
if (ending === 'goes-on') process.on('unhandledRejection', () => console.log('heard'));
if (ending === 'ends') process.on('unhandledRejection', () => process.exit(3));
const host = createPluginHost({
  sources: [folderSource(plugins)],
  hostVersion: '1.0.0',
  stateFile,
  onEvent: (event) => {
    if (event.type === 'problem-found') console.log(`${event.error.plugin} ${event.error.code}`);
  },
});
await host.boot();
if (ending === 'own') void Promise.reject(new Error('of the host itself'));
// As long as a plugin would need.
await new Promise((resolve) => setTimeout(resolve, 200));

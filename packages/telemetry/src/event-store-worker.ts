import { parentPort, workerData } from 'node:worker_threads';
import { serveContent } from './content/serve-content.ts';
import { serveStore } from './thread/serve-store.ts';

export { serveContent, serveStore };

// Started as a thread, of either store; whoever imports it calls the functions.
if (parentPort !== null) {
  if ('content' in workerData) serveContent(parentPort, workerData);
  else serveStore(parentPort, workerData);
}

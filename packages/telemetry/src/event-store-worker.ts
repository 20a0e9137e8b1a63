import { parentPort, workerData } from 'node:worker_threads';
import { serveStore } from './store/serve-store.ts';

export { serveStore };

// Started as a thread; whoever imports it calls the function.
if (parentPort !== null) serveStore(parentPort, workerData);

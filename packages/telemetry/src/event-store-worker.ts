import { parentPort, workerData } from 'node:worker_threads';
import { serveStore } from './store/serve-store.ts';

// Started as a thread; imported by anybody else, it does nothing.
if (parentPort !== null) serveStore(parentPort, workerData);

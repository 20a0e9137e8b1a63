import { parentPort } from 'node:worker_threads';

/** About what the store's thread takes for a thousand events, milliseconds. */
const busyMs = 4;

/** Is as busy as the store's thread, with nothing. */
parentPort?.on('message', (id: number) => {
  const until = performance.now() + busyMs;
  while (performance.now() < until);
  parentPort?.postMessage(id);
});

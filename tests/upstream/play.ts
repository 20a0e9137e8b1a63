import type { ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { Script, Step } from './script.ts';

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const drained = (response: Writable, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    response.once('drain', resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

// A turn of the event loop between two writes keeps them apart on the wire; the client may still read them together.
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

// What still waits in user space would be lost with the socket, and the fault would come earlier than it was told to.
const flushed = async (response: ServerResponse): Promise<void> => {
  while (response.writableLength > 0 && response.socket?.destroyed === false) await turn();
};

const play = async (step: Step, response: ServerResponse, signal: AbortSignal): Promise<void> => {
  switch (step.do) {
    case 'head':
      response.writeHead(step.status, step.headers);
      response.flushHeaders();
      return;
    case 'write':
      if (!response.write(step.bytes)) await drained(response, signal);
      await turn();
      return;
    case 'wait':
      await delay(step.ms, undefined, { signal }).catch(() => {});
      return;
    case 'hang':
      await aborted(signal);
      return;
    case 'flood': {
      const { socket } = response;
      socket?.write(step.first);
      while (!signal.aborted && socket && !socket.destroyed) {
        if (!socket.write(step.again)) await drained(socket, signal);
        await turn();
      }
      return;
    }
    case 'end':
      response.end();
      return;
    case 'destroy':
      await flushed(response);
      response.socket?.destroy();
      return;
    case 'reset':
      await flushed(response);
      response.socket?.resetAndDestroy();
  }
};

/** Performs a script on a response, until its end or until `signal` says that the client has gone. */
export const playScript = async (script: Script, response: ServerResponse, signal: AbortSignal): Promise<void> => {
  for (const step of script.steps) {
    if (signal.aborted) return;
    await play(step, response, signal);
  }
};

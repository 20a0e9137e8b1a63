import type { MessagePort } from 'node:worker_threads';
import type { FromThread } from '../thread/messages.ts';
import { openContentStore } from './content-store.ts';
import type { ContentThreadData, ToContentThread } from './messages.ts';

/** Opens a store of content and does for the other end of a port what it sends, until it says that it is over. */
export const serveContent = (port: MessagePort, { content, pruneMs }: ContentThreadData): void => {
  const store = openContentStore(content);
  const prune = (): void => {
    try {
      store.prune();
    } catch {
      // Another process writes, or there is no room: the next time will do.
    }
  };
  prune();
  const pruning = setInterval(prune, pruneMs);

  const answer = (message: ToContentThread): unknown => {
    switch (message.type) {
      case 'add':
        return store.add(message.captured);
      case 'close':
        clearInterval(pruning);
        return store.close();
      default:
        return (store[message.type] as (parameter: unknown) => unknown)(message.parameter);
    }
  };

  port.on('message', (message: ToContentThread) => {
    const { id } = message;
    const reply = (told: FromThread): void => port.postMessage(told);
    try {
      reply({ id, answer: answer(message) });
    } catch (error) {
      const { code, message: told = String(error) } = (error ?? {}) as {
        readonly code?: string;
        readonly message?: string;
      };
      reply({ id, error: { code, message: told } });
    }
    if (message.type === 'close') port.close();
  });
};

import type { ConversationLog } from './log.ts';

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * The log of a new conversation, which `open` opens once the question is on its way: what is there already is told first, and
 * a model that has to think gets the question sooner. It is still written before any answer can come over a network.
 */
export const logLater = (open: () => Promise<ConversationLog>): ConversationLog => {
  let log: ConversationLog | undefined;
  let written: Promise<void> | undefined;
  return {
    conversation: () => log?.conversation(),
    history: async () => [],
    asked(question) {
      written = nextTurn().then(async () => {
        log = await open();
        log.asked(question);
      });
      // Whoever waits for it hears of it.
      written.catch(() => {});
    },
    async answered(answer, state, details) {
      await written;
      await log?.answered(answer, state, details);
    },
    async close() {
      await written;
      await log?.close();
    },
  };
};

/**
 * Has everyone who asks go on in a turn of the event loop of their own, in the order of asking. Node loads and evaluates the modules that
 * are imported in one turn without a pause: what earlier ones wait for meanwhile, the network or a timer, could only be heard after
 * the last.
 */
export const createTurns = (): (() => Promise<void>) => {
  let last: Promise<void> = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
};

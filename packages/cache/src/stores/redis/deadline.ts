/**
 * Rejects when `work` takes longer than `limitMs`; the work itself goes on. A reply that lies in the socket when the time
 * is over still counts: after the event loop was held up, timers come before replies that were there long ago.
 */
export const withDeadline = <Result>(limitMs: number, work: Promise<Result>, late: () => Error): Promise<Result> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => setImmediate(() => reject(late())), limitMs);
    timer.unref();
    work.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });

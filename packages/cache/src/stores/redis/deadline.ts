/** How many times the limit work may take while others of its kind still come to their end. */
const mostPatience = 10;

/**
 * Rejects when `work` takes longer than `limitMs`; the work itself goes on. A reply that lies in the socket when the time
 * is over still counts: after the event loop was held up, timers come before replies that were there long ago. `isMoving`:
 * replies come, and this one waits for its turn behind others.
 */
export const withDeadline = <Result>(
  limitMs: number,
  work: Promise<Result>,
  late: () => Error,
  isMoving?: () => boolean,
): Promise<Result> =>
  new Promise((resolve, reject) => {
    let rounds = 1;
    const expire = (): void => {
      setImmediate(() => {
        if (rounds >= mostPatience || isMoving?.() !== true) {
          reject(late());
          return;
        }
        rounds += 1;
        timer = setTimeout(expire, limitMs).unref();
      });
    };
    let timer = setTimeout(expire, limitMs).unref();
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

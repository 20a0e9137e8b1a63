/** Node.js cannot wait for longer at once. */
const longestMs = 2 ** 31 - 1;

/** What a task comes to, or after too long what `onLate` returns or throws; the task itself goes on. */
export const withTimeLimit = async <Value>(
  task: Promise<Value>,
  limitMs: number,
  onLate: () => Value,
): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(limitMs, longestMs));
  });
  try {
    return await Promise.race([task, limit.then(onLate)]);
  } finally {
    clearTimeout(timer);
  }
};

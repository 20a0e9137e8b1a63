/** Node.js cannot wait for longer at once. */
const longestMs = 2 ** 31 - 1;

/** Rejects with what `onTimeout` makes when a task takes too long; what becomes of it afterwards is its caller's business. */
export const withTimeLimit = async <Value>(
  task: Promise<Value>,
  limitMs: number,
  onTimeout: () => Error,
): Promise<Value> => {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(onTimeout()), Math.min(limitMs, longestMs));
  });
  try {
    return await Promise.race([task, limit]);
  } finally {
    clearTimeout(timer);
  }
};

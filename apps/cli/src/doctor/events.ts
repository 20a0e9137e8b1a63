import { existsSync, statSync } from 'node:fs';
import { type Check, failed, ok } from './check.ts';

/** Whether the file of events can be read. One that is not there, or still empty, is made by whoever records next. */
export const checkEvents = async (path: string): Promise<Check> => {
  const code = 'EVENTS';
  if (!existsSync(path) || statSync(path).size === 0) return ok(code, `${path} is made when something is recorded.`);
  const [{ openEventStore }, { requestKind }] = await Promise.all([
    import('@hotpath/runtime/analytics'),
    import('@hotpath/runtime/telemetry'),
  ]);
  try {
    const store = openEventStore({ path, isReadOnly: true });
    try {
      store.aggregate(requestKind, { fromMs: store.oldestMs(requestKind) ?? 0, toMs: Date.now() + 1 });
    } finally {
      await store.close();
    }
    return ok(code, `${path} can be read.`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failed(code, reason, 'Do that: until then nothing is recorded, and nothing that was is read.');
  }
};

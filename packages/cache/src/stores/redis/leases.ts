import type { LeaseTable } from '../../store.ts';
import type { RedisNames } from './names.ts';
import { acquireScript, holdScript, runScript, type Send } from './scripts.ts';

/** Leases as keys that end by themselves; only the holder of the token can prolong or end one. */
export const createLeases = (names: RedisNames, send: Send): LeaseTable => {
  const hold = async (key: string, token: number, durationMs: number): Promise<boolean> =>
    (await runScript(send, holdScript, [names.lease(key)], [`${token}`, `${durationMs}`])) === 1;
  const whole = (durationMs: number): number => Math.max(1, Math.ceil(durationMs));
  return {
    acquire: async (key, durationMs) => {
      const token = await runScript(send, acquireScript, [names.lease(key), names.token], [`${whole(durationMs)}`]);
      return token === null ? undefined : Number(token);
    },
    extend: (key, token, durationMs) => hold(key, token, whole(durationMs)),
    release: async (key, token) => {
      await hold(key, token, 0);
    },
  };
};

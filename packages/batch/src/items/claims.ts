import type { DatabaseSync } from 'node:sqlite';
import type { ItemState } from './item-file.ts';

/** Finds for the items of this go what earlier ones made of them. */
export interface Claims {
  /** Claims what is known of an item for this go. Each record is claimed once, however many items are the same. */
  claim(position: number, hash: Uint8Array): ItemState | undefined;
  /** Writes what was claimed. */
  claimed(): void;
  /** Outputs of earlier goes that no item of this one has, once all are claimed. */
  unused(): number;
}

export interface ClaimsOptions {
  readonly pass: number;
  /** Whether there is anything to claim. */
  readonly hasRecords: boolean;
  readonly guarded: <Value>(work: () => Value) => Value;
}

/** So many are claimed in one transaction. */
const groupSize = 5_000;

export const createClaims = (connection: DatabaseSync, { pass, hasRecords, guarded }: ClaimsOptions): Claims => {
  // Its own place first: among thousands of equal items every other way takes its time.
  const claimSame = connection.prepare(`
    UPDATE items SET pass = ${pass} WHERE id = (
      SELECT id FROM items WHERE hash = ? AND position = ? AND pass < ${pass} LIMIT 1
    ) RETURNING state`);
  const claimOther = connection.prepare(`
    UPDATE items SET pass = ${pass}, position = ? WHERE id = (
      SELECT id FROM items WHERE hash = ? AND pass < ${pass} ORDER BY state = 'succeeded' DESC, id LIMIT 1
    ) RETURNING state`);
  let unwritten = 0;
  const end = (): void => {
    if (unwritten > 0) connection.exec('COMMIT');
    unwritten = 0;
  };

  return {
    claim: (position, hash) =>
      guarded(() => {
        if (!hasRecords) return undefined;
        if (unwritten === 0) connection.exec('BEGIN');
        unwritten += 1;
        const found = claimSame.get(hash, position) ?? claimOther.get(position, hash);
        if (unwritten >= groupSize) end();
        return found?.state as ItemState | undefined;
      }),
    claimed: () => guarded(end),
    unused: () =>
      guarded(() =>
        Number(
          connection.prepare(`SELECT count(*) AS count FROM items WHERE pass < ${pass} AND state = 'succeeded'`).get()
            ?.count ?? 0,
        ),
      ),
  };
};

import { locked } from '../errors/lock.ts';
import { overlap, type Place, placeOf } from './place.ts';

/** What runs of this process have. */
const held = new Set<{ readonly place: Place; readonly run: string }>();

/** Keeps other runs of this process off a folder and all that is within it or around it. Rejects with `BATCH_LOCKED`. */
export const lockInProcess = async (root: string, run: string): Promise<() => void> => {
  const place = placeOf(root);
  for (const other of held)
    if (overlap(place, other.place)) throw locked(place.path, other.place.path, { run: other.run, pid: process.pid });
  const own = { place, run };
  held.add(own);
  return () => void held.delete(own);
};

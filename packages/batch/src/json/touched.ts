import { type JsonChange, pointersOf } from './json-change.ts';
import { isNamed } from './read-base.ts';

/** What changes to one document touch, as steps declare it. */
export const touchedIn = (value: unknown, changes: readonly JsonChange[]): readonly string[] => [
  ...new Set(
    changes.flatMap((change) => {
      const { document } = change;
      // Things with a name of their own are touched as a whole.
      if (isNamed(document)) return [document];
      return pointersOf(value, change).map((pointer) => (pointer === '' ? document : `${document}#${pointer}`));
    }),
  ),
];

/** Which keys of which objects were added, by what, so that they stand in the order of what has added them. */
export interface AddedKeys {
  add(object: object, key: string, order: string): void;
  remove(object: object, key: string): void;
  /** Whether the key is one that was added, by something that comes after this. */
  isEarlier(object: object, key: string, order: string): boolean;
  /** What was known of one is now about its copy. */
  move(from: object, to: object): void;
  /** Names, for each object where some do not stand in order, the keys that are to be added anew, in this order. */
  settle(addAnew: (object: Readonly<Record<string, unknown>>, keys: readonly string[]) => void): void;
}

interface Added {
  readonly key: string;
  readonly order: string;
}

interface Table {
  readonly byKey: Map<string, Added>;
  /** In order, with some that are not in `byKey` any more. */
  readonly list: Added[];
  /** From here on the object has them in another order. */
  settledTo: number;
}

/** The place after all that come no later. */
const placeFor = (list: readonly Added[], order: string): number => {
  let [low, high] = [0, list.length];
  // Most come in order.
  if (high === 0 || (list[high - 1] as Added).order <= order) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((list[middle] as Added).order <= order) low = middle + 1;
    else high = middle;
  }
  return low;
};

export const createAddedKeys = (): AddedKeys => {
  const tables = new WeakMap<object, Table>();
  const unsettled = new Set<object>();
  return {
    add(object, key, order) {
      const table: Table = tables.get(object) ?? { byKey: new Map(), list: [], settledTo: Number.POSITIVE_INFINITY };
      tables.set(object, table);
      const added = { key, order };
      const isMoved = table.byKey.has(key);
      const place = placeFor(table.list, order);
      table.byKey.set(key, added);
      if (place === table.list.length && !isMoved) table.list.push(added);
      else {
        table.list.splice(place, 0, added);
        table.settledTo = Math.min(table.settledTo, place);
        unsettled.add(object);
      }
    },
    remove: (object, key) => void tables.get(object)?.byKey.delete(key),
    isEarlier(object, key, order) {
      const known = tables.get(object)?.byKey.get(key);
      return known !== undefined && order < known.order;
    },
    move(from, to) {
      const table = tables.get(from);
      if (table === undefined) return;
      tables.delete(from);
      tables.set(to, table);
    },
    settle(addAnew) {
      for (const object of unsettled) {
        const { byKey, list, settledTo } = tables.get(object) as Table;
        const late = list.slice(settledTo).filter((added) => byKey.get(added.key) === added);
        addAnew(
          object as Readonly<Record<string, unknown>>,
          late.map(({ key }) => key),
        );
        (tables.get(object) as Table).settledTo = Number.POSITIVE_INFINITY;
      }
      unsettled.clear();
    },
  };
};

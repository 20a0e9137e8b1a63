/** Slots below this are the heads of lists. */
export const firstSlot = 4;

/**
 * What is known of each key, in slots: of keys whose values are held, and of keys remembered by their hash alone. Arrays of
 * numbers in place of objects, since a busy map of objects keeps dead ones alive.
 */
export interface Slots<Value> {
  /** The key of a slot that holds a value; `undefined` where a key is only remembered. */
  keys: (string | undefined)[];
  values: (Value | undefined)[];
  sizes: Float64Array;
  hashes: Int32Array;
  allocate(): number;
  release(slot: number): void;
}

const smallestCapacity = 64;

/** `onGrow` is told the new number of slots before one of the new ones is handed out. */
export const createSlots = <Value>(onGrow: (capacity: number) => void): Slots<Value> => {
  let capacity = 0;
  let unused = firstSlot;
  const free: number[] = [];
  const grow = (): void => {
    capacity = Math.max(smallestCapacity, Math.ceil(capacity * 1.5));
    const { sizes, hashes } = slots;
    slots.sizes = new Float64Array(capacity);
    slots.hashes = new Int32Array(capacity);
    slots.sizes.set(sizes);
    slots.hashes.set(hashes);
    onGrow(capacity);
  };
  const slots: Slots<Value> = {
    keys: new Array(firstSlot).fill(undefined),
    values: new Array(firstSlot).fill(undefined),
    sizes: new Float64Array(0),
    hashes: new Int32Array(0),
    allocate: () => {
      const slot = free.pop();
      if (slot !== undefined) return slot;
      if (unused >= capacity) grow();
      slots.keys[unused] = undefined;
      slots.values[unused] = undefined;
      unused += 1;
      return unused - 1;
    },
    release: (slot) => {
      free.push(slot);
    },
  };
  return slots;
};

import type { CacheEntry } from '../store.ts';

// V8's own layout, in words of 8 bytes as in every official build of Node; measured on Node 22 and 26.
const wordBytes = 8;
const boxedNumberBytes = 16;
const stringHeaderBytes = 16;
const objectHeaderBytes = 24;
const emptyObjectBytes = 56;
const arrayBytes = 32;
const elementsHeaderBytes = 16;
const collectionBytes = 72;
const mapSlotBytes = 28;
const setSlotBytes = 20;
const dateBytes = 96;
const functionBytes = 64;
const symbolBytes = 24;
const viewBytes = 104;
const arrayBufferBytes = 96;
// With more properties an object becomes a hash table of key, value and details, at most two thirds full.
const maxFastProperties = 127;
const tableBytes = 168;
const tableSlotBytes = 24;
// Beside its string, what a property name costs in the hidden class of an object that shares it with no other: between
// the 112 of the first 1,536 such objects and the 46 of the tables that V8 makes of all further ones.
const newNameBytes = 64;
// An index beyond this is more likely an identifier, kept in a table, than a place in dense elements.
const maxDenseIndexLength = 3;
const sparseIndexBytes = 40;
// V8 keeps one copy of each property name, and JSON.parse of each string value up to this length.
const maxSharedLength = 10;
const maxNameLength = 64;
// A store of few entries, each set again and again, is undercounted by at most this many names and short strings.
const maxRemembered = 512;
// An array this long may be sparse: walking it index by index could take forever.
const maxWalkedLength = 65_536;
// Looking through so few objects is faster than a Set of them.
const fewObjects = 16;

// The literal of ten properties of which the cache makes every entry.
const envelopeProperties = 10;

/**
 * Bytes that an entry of the buffer store retains beside its bytes and its key: the envelope with its times, the two
 * objects of a buffer, and lru-cache's arrays.
 */
export const bufferEntryOverheadBytes = 440;

const wide = /[^\0-\xff]/;

/** Bytes that a flat string retains: one per character, or two where any lies outside Latin-1, and a header. */
export const stringBytes = (text: string): number =>
  stringHeaderBytes + wordBytes * Math.ceil((wide.test(text) ? 2 * text.length : text.length) / wordBytes);

/** Whether a property of this name is an element, and has no name. */
const isIndex = (name: string): boolean => {
  if (name.length > 10) return false;
  for (let index = 0; index < name.length; index += 1) {
    const code = name.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return name.length > 0;
};

const slots = (count: number): number => {
  let capacity = 4;
  while (capacity < count) capacity *= 2;
  return capacity;
};

const propertyBytes = (count: number): number => {
  if (count === 0) return emptyObjectBytes;
  if (count <= maxFastProperties) return objectHeaderBytes + wordBytes * count;
  return tableBytes + tableSlotBytes * slots(Math.ceil(1.5 * count));
};

/** A number that is no small integer has a box of its own. */
const isBoxed = (value: unknown): boolean => typeof value === 'number' && (value | 0) !== value;

const bigintBytes = (value: bigint): number =>
  BigInt.asIntN(64, value) === value ? 24 : 16 + wordBytes * Math.ceil(value.toString(16).length / 16);

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/** Bytes that an entry retains beside its value: the object itself, its numbers and its tags. */
export const envelopeBytes = (entry: CacheEntry): number => {
  // Every entry has a box each for its times: the properties always hold numbers, and most of those are too large to do without.
  let bytes = objectHeaderBytes + wordBytes * envelopeProperties + 2 * boxedNumberBytes;
  if (isBoxed(entry.staleAt)) bytes += boxedNumberBytes;
  if (isBoxed(entry.loadMs)) bytes += boxedNumberBytes;
  if (isBoxed(entry.costUsd)) bytes += boxedNumberBytes;
  if (isBoxed(entry.fence)) bytes += boxedNumberBytes;
  if (isBoxed(entry.version)) bytes += boxedNumberBytes;
  if (entry.tags === undefined || entry.tags.length === 0) return bytes;
  bytes += arrayBytes + elementsHeaderBytes + wordBytes * entry.tags.length;
  for (const tag of entry.tags) bytes += stringBytes(tag);
  return bytes;
};

/**
 * Makes a function that tells the bytes a value retains, everything reachable through plain data included. It remembers
 * the names and short strings met lately: V8 keeps one copy of those for all values, so they count once.
 *
 * What JavaScript cannot see is not counted: private fields, what closures hold, spare room in arrays grown by `push` and
 * in objects grown key by key, the texts that slices and unflattened concatenations hold on to. A view counts the whole of
 * its buffer, since it keeps it alive: small results of `Buffer.from` share a large one.
 */
export const createSizer = (): ((value: unknown) => number) => {
  // Names and short strings met lately; `true` for the name of a property that held a boxed number. Properties and not a
  // Map: looking a string up as a property makes V8 replace it by the one copy it keeps of that text, so that what comes
  // from a database row takes no more than what comes from JSON.parse.
  let remembered: Record<string, boolean> = Object.create(null);
  let rememberedCount = 0;

  const remember = (text: string, boxed: boolean): void => {
    if (rememberedCount === maxRemembered) {
      remembered = Object.create(null);
      rememberedCount = 0;
    }
    remembered[text] = boxed;
    rememberedCount += 1;
  };

  const leafBytes = (value: unknown): number => {
    switch (typeof value) {
      case 'string':
        if (value.length > maxSharedLength) return stringBytes(value);
        if (value.length < 2) return 0;
        if (!isIndex(value)) {
          if (remembered[value] !== undefined) return 0;
          remember(value, false);
        }
        return stringBytes(value);
      case 'number':
        return isBoxed(value) ? boxedNumberBytes : 0;
      case 'bigint':
        return bigintBytes(value);
      case 'function':
        return functionBytes;
      case 'symbol':
        return symbolBytes;
      default:
        return 0;
    }
  };

  return (root) => {
    if (typeof root !== 'object' || root === null) return leafBytes(root);
    // Every object met, in the order they are looked at: cycles and what is held twice count once.
    const met: object[] = [root];
    let seen: Set<object> | undefined;

    const childBytes = (child: unknown): number => {
      if (typeof child !== 'object' || child === null) return leafBytes(child);
      if (seen === undefined) {
        if (met.includes(child)) return 0;
        if (met.length === fewObjects) seen = new Set(met);
      }
      if (seen !== undefined) {
        if (seen.has(child)) return 0;
        seen.add(child);
      }
      met.push(child);
      return 0;
    };

    const arrayItemBytes = (array: readonly unknown[]): number => {
      let boxed = 0;
      let bytes = 0;
      const long = array.length > maxWalkedLength;
      const items = long ? Object.values(array) : array;
      for (let index = 0; index < items.length; index += 1) {
        const item = items[index];
        if (isBoxed(item)) boxed += 1;
        bytes += childBytes(item);
      }
      // Numbers alone are kept unboxed, until the array is frozen.
      if (boxed > 0 && !Object.isFrozen(array) && items.every((item) => typeof item === 'number')) bytes = 0;
      if (items.length === 0) return bytes;
      const isSparse = items.length < array.length / 8;
      return (
        bytes +
        (isSparse ? tableBytes + sparseIndexBytes * items.length : elementsHeaderBytes + wordBytes * array.length)
      );
    };

    const objectBytes = (value: object): number => {
      let bytes = 0;
      let count = 0;
      let newNames = 0;
      let indexed = 0;
      const add = (name: string): void => {
        const child = (value as Record<string, unknown>)[name];
        bytes += childBytes(child);
        if (isIndex(name)) {
          if (indexed === 0) indexed = elementsHeaderBytes;
          indexed += name.length <= maxDenseIndexLength ? wordBytes : sparseIndexBytes;
          return;
        }
        count += 1;
        const known = count <= maxFastProperties && name.length <= maxNameLength ? remembered[name] : undefined;
        if (known === undefined) {
          newNames += 1;
          bytes += stringBytes(name);
          if (count <= maxFastProperties && name.length <= maxNameLength) remember(name, isBoxed(child));
        } else if (typeof child === 'number' && known !== isBoxed(child)) {
          // A property that holds a boxed number in one object boxes its small integers too, in all objects of the shape.
          if (known) bytes += boxedNumberBytes;
          else remembered[name] = true;
        }
      };
      // for-in allocates no array of names, but goes on to what is inherited.
      if (isPlain(value)) for (const name in value) add(name);
      else for (const name of Object.keys(value)) add(name);
      return bytes + indexed + propertyBytes(count) + (count <= maxFastProperties ? newNameBytes * newNames : 0);
    };

    let bytes = 0;
    for (let index = 0; index < met.length; index += 1) {
      const value = met[index] as object;
      if (Array.isArray(value)) bytes += arrayBytes + arrayItemBytes(value);
      else if (isPlain(value)) bytes += objectBytes(value);
      else if (ArrayBuffer.isView(value)) bytes += viewBytes + childBytes(value.buffer);
      else if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
        bytes += arrayBufferBytes + value.byteLength;
      else if (value instanceof Map) {
        bytes += collectionBytes + mapSlotBytes * slots(value.size);
        for (const [key, item] of value) bytes += childBytes(key) + childBytes(item);
      } else if (value instanceof Set) {
        bytes += collectionBytes + setSlotBytes * slots(value.size);
        for (const item of value) bytes += childBytes(item);
      } else if (value instanceof Date) bytes += dateBytes;
      else bytes += objectBytes(value);
    }
    return bytes;
  };
};

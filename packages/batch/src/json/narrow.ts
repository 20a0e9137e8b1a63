import { applyChanges } from './draft.ts';
import { child, isObject, type JsonChange } from './json-change.ts';
import { parsePointer } from './pointer.ts';

type Named = Map<string, Named>;

const nameMerged = (named: Named, patch: unknown): void => {
  if (!isObject(patch)) return;
  for (const [key, value] of Object.entries(patch)) {
    const below: Named = named.get(key) ?? new Map();
    named.set(key, below);
    nameMerged(below, value);
  }
};

const namesOf = (changes: readonly JsonChange[]): Named => {
  const named: Named = new Map();
  for (const change of changes) {
    if (change.type === 'merge') nameMerged(named, change.value);
    else {
      let at = named;
      for (const segment of parsePointer(change.document, change.pointer)) {
        const below: Named = at.get(segment) ?? new Map();
        at.set(segment, below);
        at = below;
      }
    }
  }
  return named;
};

/** Objects without the keys that are not named. Lists are whole: in them, names change what they stand for. */
const narrowed = (value: unknown, named: Named): unknown => {
  if (!isObject(value)) return value;
  const entries = [...named].filter(([key]) => Object.hasOwn(value, key));
  return Object.fromEntries(entries.map(([key, below]) => [key, narrowed(child(value, key), below)]));
};

/**
 * Throws where changes cannot be made to a value, which stays as it is. They are tried on a copy of what they name, so that it
 * costs the same however many others stand beside it.
 */
export const checkChanges = (value: unknown, changes: readonly JsonChange[]): void => {
  try {
    applyChanges(narrowed(value, namesOf(changes)), changes);
  } catch {
    // Whole, it can say what was probably meant.
    applyChanges(value, changes);
  }
};

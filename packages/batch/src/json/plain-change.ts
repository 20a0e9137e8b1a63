import { valueNoJson } from '../errors/documents.ts';
import type { JsonChange } from './json-change.ts';
import { mostLevels } from './pointer.ts';

/** `JSON.stringify` makes `null` of these, without a word. */
const refuseNoNumber = (_: string, value: unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`);
  return value;
};

const isDeeper = (value: unknown, levels: number): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1)));

/**
 * What the journal will give back: nothing that somebody else still holds, or that is no JSON. Throws `BATCH_FIELD_INVALID` for that: nothing,
 * NaN, infinity, big integers, circles, and what is too deep.
 */
export const plainChange = (change: JsonChange): JsonChange => {
  try {
    const text = JSON.stringify(change);
    if (text.includes('null')) JSON.stringify(change, refuseNoNumber);
    const plain = JSON.parse(text) as JsonChange;
    if (change.type !== 'remove' && !('value' in plain)) throw new TypeError('it is nothing');
    if ('value' in plain && isDeeper(plain.value, mostLevels))
      throw new TypeError(`it is over ${mostLevels} levels deep`);
    return plain;
  } catch (cause) {
    throw valueNoJson(change.document, 'pointer' in change ? change.pointer : '', cause);
  }
};

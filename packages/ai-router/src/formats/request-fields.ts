import { fieldUnsupported } from '../errors.ts';
import type { Json, JsonObject, Protocol } from '../wire-format.ts';
import { isList, isObject } from './json.ts';

/** `translated`: the decoder reads it. A test: the values that cannot change the answer, so that leaving them out loses nothing. */
export type FieldRule = 'translated' | ((value: Json) => boolean);

/**
 * Every field that a translation may meet in one kind of object. A field that is not here, or whose value fails its
 * test, is refused by name. `null` means "not given", as both protocols have it.
 */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** Throws `ROUTER_FIELD_UNSUPPORTED` for the first field that would be lost. `prefix` is the path of the object, with its dot. */
export function refuseLostFields(object: JsonObject, rules: FieldRules, prefix: string, protocol: Protocol): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === 'translated' || rule?.(value)) continue;
    throw fieldUnsupported(`${prefix}${name}`, protocol);
  }
}

export const anything = (): boolean => true;
export const only =
  (...values: readonly Json[]) =>
  (value: Json): boolean =>
    values.includes(value);
export const emptyList = (value: Json): boolean => isList(value) && value.length === 0;
export const emptyObject = (value: Json): boolean => isObject(value) && Object.keys(value).length === 0;
/** An object that says nothing but its `type`. */
export const onlyType =
  (type: string) =>
  (value: Json): boolean =>
    isObject(value) && value.type === type && Object.keys(value).length === 1;

import { fieldUnsupported, RouterError } from '../errors.ts';
import type { Json, JsonObject, Losses, Protocol } from '../wire-format.ts';
import { isList, isObject } from './json.ts';

/**
 * `translated`: the decoder reads it. `dropped`: left out by policy, and told. A test: the values that cannot change the
 * answer, so that leaving them out loses nothing; it may answer `dropped` too.
 */
export type FieldRule = 'translated' | 'dropped' | ((value: Json) => boolean | 'dropped');

/**
 * Every field that a translation may meet in one kind of object. A field that is not here, or whose value fails its
 * test, is refused by name. `null` means "not given", as all protocols have it.
 */
export type FieldRules = Readonly<Record<string, FieldRule>>;

/** Throws `ROUTER_FIELD_UNSUPPORTED` for the first field that would be lost. `prefix` is the path of the object, with its dot. */
export function refuseLostFields(
  object: JsonObject,
  rules: FieldRules,
  prefix: string,
  protocol: Protocol,
  losses?: Losses,
): void {
  for (const [name, value] of Object.entries(object)) {
    if (value === null || value === undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const verdict = typeof rule === 'function' ? rule(value) : rule;
    if (verdict === 'dropped') losses?.drop(`${prefix}${name}`);
    else if (verdict !== 'translated' && verdict !== true) throw fieldUnsupported(`${prefix}${name}`, protocol);
  }
}

/** For what a `ModelRequest` says and the provider's protocol has no word for. */
export const notSayable = (param: string, protocol: Protocol): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" cannot be said in ${protocol}, the protocol of this model's provider. Leave it out, or choose another model.`,
    { status: 400, param },
  );

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
/** Dropped by policy, and told only where the value is none of these. */
export const droppedUnless =
  (...values: readonly Json[]) =>
  (value: Json): true | 'dropped' =>
    values.includes(value) || 'dropped';

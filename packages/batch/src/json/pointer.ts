import { pointerEscape, pointerInvalid, pointerMissing } from '../errors/documents.ts';

/** So deep places and values may be that are changed. What is not changed may be deeper. */
export const mostLevels = 1_000;

/** Segments of a JSON Pointer (RFC 6901). Throws `BATCH_JSON_POINTER` where it is none. */
export const parsePointer = (document: string, pointer: string): readonly string[] => {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw pointerInvalid(document, pointer);
  if (/~(?![01])/.test(pointer)) throw pointerEscape(document, pointer);
  const segments = pointer.slice(1).split('/');
  if (segments.length > mostLevels)
    throw pointerMissing(document, pointer.slice(0, 100), `it goes on for more than ${mostLevels} levels`);
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
};

export const formatPointer = (segments: readonly string[]): string =>
  segments.map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** The place in an array that a segment names, `-` being the one after the last; `undefined` where it names none. */
export const indexIn = (array: readonly unknown[], segment: string): number | undefined => {
  if (segment === '-') return array.length;
  if (!/^(?:0|[1-9]\d{0,9})$/.test(segment)) return undefined;
  const index = Number(segment);
  return index <= array.length ? index : undefined;
};

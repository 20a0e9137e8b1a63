import { pointerEscape, pointerInvalid } from '../errors/documents.ts';

/** Segments of a JSON Pointer (RFC 6901). Throws `BATCH_JSON_POINTER` where it is none. */
export const parsePointer = (document: string, pointer: string): readonly string[] => {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw pointerInvalid(document, pointer);
  if (/~(?![01])/.test(pointer)) throw pointerEscape(document, pointer);
  return pointer
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
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

import { operationUntranslated } from '../errors.ts';
import type { WireFormat } from '../wire-format.ts';

type Own = Pick<
  WireFormat,
  'protocol' | 'operation' | 'path' | 'summarise' | 'summariseBytes' | 'decodeError' | 'encodeError'
>;

/** A protocol whose bytes only pass: there is no other to translate it from or to, and its answers are never streamed. */
export function untranslated(own: Own): WireFormat {
  const refuse = (): never => {
    throw operationUntranslated(own.protocol);
  };
  return {
    ...own,
    decodeRequest: refuse,
    encodeRequest: refuse,
    decodeAnswer: refuse,
    encodeAnswer: refuse,
    streamDecoder: refuse,
    streamEncoder: refuse,
    streamTap: refuse,
  };
}

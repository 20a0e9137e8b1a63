import type { WireFormat } from '../wire-format.ts';
import { createDecoder } from './decoder.ts';
import { readError } from './error-body.ts';
import type { StreamProtocol } from './stream-protocol.ts';
import { createTap } from './tap.ts';

export interface FormatOptions {
  /** Clock for the times of an answer, epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

/** A format of what is its own; streams and errors are read by the means that all formats have in common. */
export const createFormat = (
  stream: StreamProtocol,
  own: Omit<WireFormat, 'decodeError' | 'streamDecoder' | 'streamTap'>,
): WireFormat => ({
  ...own,
  decodeError: readError,
  streamDecoder: () => createDecoder(stream),
  streamTap: () => createTap(stream),
});

import type { JsonObject, Protocol } from '@hotpath/runtime';
import type { BatchRecord, BatchUsage, DialectName, LineKind } from './records.ts';

/** What a line asks. */
export interface LineRequest {
  readonly customId: string;
  readonly body: JsonObject;
}

/** What became of it. `body`: the answer, or the error, in the protocol of the line. */
export type Outcome =
  | {
      readonly kind: 'succeeded' | 'errored';
      readonly status: number;
      readonly requestId: string;
      readonly body: Buffer;
      readonly usage?: BatchUsage;
    }
  | { readonly kind: Exclude<LineKind, 'succeeded' | 'errored'> };

/** How one API writes batches: its lines in, and its lines out. */
export interface Dialect {
  readonly name: DialectName;
  /** In which a line is asked and answered. */
  protocol(batch: Pick<BatchRecord, 'endpoint'>): Protocol;
  /** Reads a line that was checked before. */
  readLine(bytes: Buffer): LineRequest;
  /** A line of the output, without its line break. */
  writeResult(customId: string, outcome: Outcome): Buffer;
}

/** JSON with the bytes of a value in it as they are: `before` and `after` are the text around it. */
export const around = (before: string, value: Buffer, after: string): Buffer =>
  Buffer.concat([Buffer.from(before), value, Buffer.from(after)]);

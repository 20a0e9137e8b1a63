import type { ErrorInfo } from '../wire-format.ts';
import type { AnswerProgress } from './answer-progress.ts';

/** Reads one event into the answer's progress. Returns false for one that is malformed. */
export type EventReader = (event: string, data: string) => boolean;

/** What the streams of one protocol look like; decoders and taps are made from it. */
export interface StreamProtocol {
  /** `translating`: parts of the answer that no other protocol can carry make it fail. */
  createReader(answer: AnswerProgress, options: { readonly translating: boolean }): EventReader;
  /** Whether the bytes of an event, once the first part has begun, may tell more than another piece of it. May err towards yes. */
  mayMatter(bytes: Buffer, start: number, end: number): boolean;
  /** The event that ends a whole answer. */
  readonly terminator: string;
}

/** For an event that outgrew the splitter's limit. */
export const eventTooLarge: ErrorInfo = {
  status: 502,
  type: 'api_error',
  code: 'ROUTER_ANSWER_TOO_LARGE',
  message: 'The provider sent a single event of more than 16 MiB. Ask for less at once.',
};

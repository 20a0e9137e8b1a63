import type { QueryResult } from '@hotpath/runtime';
import { writeOut } from '../terminal.ts';

/** What surrounds a result in JSON. */
export interface ResultDetails {
  /** By which its event, and its content where that is kept, are found. */
  readonly requestId: string;
  /** The id of the conversation in which it is kept. */
  readonly conversation?: string;
  /** What was asked for by a schema. */
  readonly value?: unknown;
}

/** How an answer is told on standard output. */
export interface AnswerOutput {
  text(text: string): Promise<void>;
  /** An answer that did not fit the schema: another one follows. */
  again(errors: readonly string[]): Promise<void>;
  /** The text has ended, whole or not. */
  close(): Promise<void>;
  result(result: QueryResult, details: ResultDetails): Promise<void>;
}

const nothing = async (): Promise<void> => {};

const jsonLine = (value: object): Promise<void> => writeOut(`${JSON.stringify(value)}\n`);

/** The text as it comes; what was asked for by a schema is there at once in the end. */
const textOutput = (bySchema: boolean): AnswerOutput => {
  let last = '';
  return {
    async text(text) {
      if (bySchema) return;
      last = text;
      await writeOut(text);
    },
    again: nothing,
    close: async () => {
      if (last !== '' && !last.endsWith('\n')) await writeOut('\n');
    },
    result: async (_, { value }) => {
      if (bySchema) await writeOut(`${JSON.stringify(value, null, 2)}\n`);
    },
  };
};

/** One object in the end; of a failure every command tells in the same way. */
const jsonOutput: AnswerOutput = {
  text: nothing,
  again: nothing,
  close: nothing,
  result: (result, details) => jsonLine({ ...result, ...details }),
};

/** A line for each event. */
const eventOutput: AnswerOutput = {
  text: (text) => jsonLine({ type: 'text', text }),
  again: (errors) => jsonLine({ type: 'again', errors }),
  close: nothing,
  result: (result, details) => jsonLine({ type: 'result', ...result, ...details }),
};

export const answerOutput = (form: 'text' | 'json' | 'stream-json', bySchema: boolean): AnswerOutput =>
  form === 'json' ? jsonOutput : form === 'stream-json' ? eventOutput : textOutput(bySchema);

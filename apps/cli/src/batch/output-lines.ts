import { isFailed, type Outcome } from './outcome.ts';
import type { Row } from './rows.ts';

/** How results stand in the output. */
export interface OutputLines {
  /** What comes before all of them; empty for JSONL. */
  readonly head: string;
  /** One result, with its line feed. */
  line(row: Row, outcome: Outcome): string;
}

export interface OutputLinesOptions {
  /** Names of input columns, in the order of a CSV. */
  readonly columns: readonly string[];
  /** Whether the columns of the input stand in the output. */
  readonly includesInput: boolean;
}

const jsonNames = new Set(['row', 'answer', 'model', 'usage', 'costUsd', 'cache', 'lane', 'finishReason', 'error']);
const csvNames = [
  ...['answer', 'model', 'input_tokens', 'output_tokens', 'cost_usd', 'cache', 'finish_reason'],
  ...['error_code', 'error_message'],
];

/** A column of the input that is called like one of ours. */
const besideOurs = (name: string, isOurs: boolean): string => (isOurs ? `input_${name}` : name);

export const createJsonLines = ({ includesInput }: Pick<OutputLinesOptions, 'includesInput'>): OutputLines => ({
  head: '',
  line: ({ row, columns }, outcome) => {
    const input = includesInput
      ? Object.fromEntries(
          Object.entries(columns).map(([name, value]) => [besideOurs(name, jsonNames.has(name)), value]),
        )
      : {};
    return `${JSON.stringify({ row, ...input, ...outcome })}\n`;
  },
});

const plain = (value: unknown): string =>
  value === undefined || value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value);

/** RFC 4180, with LF alone at the end of a record. */
export const csvRecord = (values: readonly unknown[]): string => {
  const fields = values.map((value) => {
    const text = plain(value);
    return /[",\r\n]/.test(text) || text.trim() !== text ? `"${text.replaceAll('"', '""')}"` : text;
  });
  // A record of one empty field would be a blank line.
  return `${fields.length === 1 && fields[0] === '' ? '""' : fields.join(',')}\n`;
};

export const createCsvLines = ({ columns, includesInput }: OutputLinesOptions): OutputLines => {
  const input = includesInput ? columns : [];
  const ours = new Set(['row', ...csvNames]);
  return {
    head: csvRecord(['row', ...input.map((name) => besideOurs(name, ours.has(name))), ...csvNames]),
    line: ({ row, columns: values }, outcome) => {
      const before = [row, ...input.map((name) => (Object.hasOwn(values, name) ? values[name] : undefined))];
      if (isFailed(outcome)) {
        const { code, message } = outcome.error;
        return csvRecord([...before, ...Array<undefined>(csvNames.length - 2).fill(undefined), code, message]);
      }
      const { answer, model, usage, costUsd, cache, finishReason } = outcome;
      return csvRecord([
        ...before,
        ...[answer, model, usage?.inputTokens, usage?.outputTokens, costUsd, cache, finishReason, undefined, undefined],
      ]);
    },
  };
};

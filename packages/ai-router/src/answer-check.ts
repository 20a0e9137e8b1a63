import { contentText } from './answer-events.ts';
import { isJson } from './is-json.ts';
import type { AnswerCheck } from './route.ts';
import type { ModelAnswer } from './wire-format.ts';

/** What an answer has to be for a cascade to stop at it. All that are given must hold. */
export interface CheckOptions {
  /** Its text is JSON. */
  readonly json?: boolean;
  /** It is no refusal, and no content filter ended it. @default true */
  readonly refusal?: boolean;
  /** It came to its own end, not to the limit of tokens. @default true */
  readonly complete?: boolean;
  /** Its text has at least so many characters, or it calls a tool. */
  readonly minCharacters?: number;
  /** Its text matches none of these, regular expressions without their slashes, upper and lower case alike. */
  readonly not?: readonly string[];
}

/** Throws `SyntaxError` for an expression that is none. */
export function answerChecks(options: CheckOptions): AnswerCheck {
  const { json = false, refusal = true, complete = true, minCharacters = 0, not = [] } = options;
  const patterns = not.map((pattern) => new RegExp(pattern, 'iu'));
  return (answer) => {
    const text = contentText(answer.content);
    const calls = answer.content.some(({ type }) => type === 'tool-call');
    if (refusal && isRefusal(answer)) return 'the model refused';
    if (complete && answer.finishReason === 'length') return 'it reached the limit of tokens';
    if (json && !calls && !isJson(text)) return 'it is not JSON';
    if (!calls && text.length < minCharacters) return `it has fewer than ${minCharacters} characters`;
    const met = patterns.find((pattern) => pattern.test(text));
    return met === undefined ? undefined : `it matches ${met}`;
  };
}

const isRefusal = ({ content, finishReason }: ModelAnswer): boolean =>
  finishReason === 'content-filter' || content.some(({ type }) => type === 'refusal');

import { redactBounded, redactEnd } from './bounds.ts';
import type { PromptText } from './prompt-text.ts';
import type { Redact } from './redact-keys.ts';
import { dropUnfinished } from './unfinished-end.ts';

/** A request with its content as it was captured, before anything is taken out of it. It is never written down so. */
export interface CapturedContent {
  /** When its answer ended, milliseconds since 1970. */
  readonly atMs: number;
  readonly requestId: string | undefined;
  /** The id of the key that it came with; empty without one. */
  readonly key: string;
  /** What asked, such as the name of an agent; empty where it did not say. */
  readonly agent: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly command: string;
  readonly outcome: string;
  readonly cache: string;
  readonly prompt: PromptText;
  readonly answer: string;
  readonly isAnswerCut: boolean;
}

/** The same with what is kept of its content. */
export interface RedactedContent extends Omit<CapturedContent, 'prompt' | 'answer'> {
  readonly prompt: string;
  readonly isPromptCut: boolean;
  readonly answer: string;
}

/** Takes out of an answer what is not to be kept, also what it broke off within. */
const redactAnswer = ({ answer, outcome, isAnswerCut }: CapturedContent, redact: Redact) => {
  const { text, isCut } = redactBounded(answer, redact);
  // Of one that is too long the end is gone already.
  if (isCut || (outcome === 'complete' && !isAnswerCut)) return { text, isCut };
  const finished = dropUnfinished(text);
  return { text: finished, isCut: isAnswerCut || finished.length < text.length };
};

/** Takes out of a request what is not to be kept. */
export const redactCaptured = (captured: CapturedContent, redact: Redact): RedactedContent => {
  const { texts, isCut } = captured.prompt;
  const prompt = texts.map((text, index) =>
    isCut && index === 0 ? redactEnd(text, redact) : redact(text).toWellFormed(),
  );
  const answer = redactAnswer(captured, redact);
  return {
    ...captured,
    prompt: prompt.join('\n\n'),
    isPromptCut: isCut,
    answer: answer.text,
    isAnswerCut: answer.isCut,
  };
};

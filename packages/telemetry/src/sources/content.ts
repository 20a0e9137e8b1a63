import type { CapturedContent } from '../content/captured.ts';
import { type PromptText, promptText } from '../content/prompt-text.ts';
import type { Listen, Stop } from '../source.ts';
import { listenOnChannels } from './listen.ts';

export interface ContentSourceOptions {
  /** Takes what was captured. */
  readonly take: (captured: CapturedContent) => void;
  /** What the process does, such as `serve`. @default "" */
  readonly command?: string | undefined;
  /** Clock in epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
  /** How it listens, such as to what was announced before as well. @default to what is announced from now on */
  readonly listen?: Listen | undefined;
}

/** What `hotpath:ai-router:content` tells. */
interface ContentEvent {
  readonly requestId?: string;
  readonly keyId?: string;
  readonly agent?: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly cache: string;
  readonly outcome: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly answer: string;
  readonly isAnswerCut: boolean;
}

/** A body nested deeper than the stack is nobody's question. */
const readPrompt = (body: ContentEvent['body']): PromptText => {
  try {
    return promptText(body);
  } catch {
    return { texts: [], isCut: true };
  }
};

/** Captures prompts and answers, from the channel of `@hotpath/ai-router` that nobody else listens to. */
export const listenToContent = ({
  take,
  command = '',
  now = Date.now,
  listen = listenOnChannels,
}: ContentSourceOptions): Stop =>
  listen({
    'hotpath:ai-router:content'({ requestId, keyId = '', agent = '', body, ...event }: ContentEvent) {
      const { protocol, provider, model, cache, outcome, answer, isAnswerCut } = event;
      const names = {
        key: keyId,
        agent,
        protocol,
        provider: provider || 'none',
        model: provider ? model : 'none',
        command,
      };
      const prompt = readPrompt(body);
      take({ atMs: now(), requestId, ...names, outcome, cache, prompt, answer, isAnswerCut });
    },
  });

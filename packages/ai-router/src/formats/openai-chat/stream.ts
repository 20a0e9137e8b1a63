import type { ErrorInfo, JsonObject } from '../../wire-format.ts';
import { isList, isObject, parseObject, textOf } from '../json.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { decodeStreamError, holdsError } from './error.ts';
import { decodeFinishReason, interruptedMessage } from './finish-reason.ts';
import { mayMatter } from './may-matter.ts';
import { readMessage } from './message.ts';
import { decodeUsage } from './usage.ts';

/**
 * Chat Completions chunks. Only the first choice is read. `finish` waits for the usage, which OpenAI sends in a chunk of
 * its own after the finish reason. Deltas of tool calls and audio make a translated answer fail; reasoning is left out
 * (see `readMessage`).
 */
export const openaiStream: StreamProtocol = {
  terminator: 'data: [DONE]\n\n',
  mayMatter,
  createReader(answer, { textOnly }) {
    let refused = false;

    const readChoice = (choice: JsonObject): void => {
      if (isObject(choice.delta)) {
        const { text, refused: refuses, lost } = readMessage(choice.delta, 'choices[0].delta');
        refused ||= refuses;
        if (lost && textOnly) answer.lose(lost);
        else answer.text(text);
      }
      const told = textOf(choice.finish_reason);
      if (told === undefined) return;
      const reason = decodeFinishReason(told);
      // vLLM tells which stop sequence it met.
      const stopSequence = reason === 'stop' ? textOf(choice.stop_reason) : undefined;
      if (reason === 'interrupted') answer.fail(interrupted(told));
      else answer.finish(refused ? 'content-filter' : stopSequence ? 'stop-sequence' : reason, stopSequence);
    };

    return (event, data) => {
      if (data === '[DONE]') {
        answer.terminate();
        return true;
      }
      const chunk = parseObject(data);
      if (!chunk) return false;
      if (event === 'error' || holdsError(chunk)) {
        answer.fail(decodeStreamError(chunk));
        return true;
      }
      const choice = isList(chunk.choices) ? chunk.choices.find(isFirstChoice) : undefined;
      // Groq and Moonshot put the usage elsewhere.
      const extra = isObject(chunk.x_groq) ? chunk.x_groq.usage : undefined;
      const usage = decodeUsage(chunk.usage) ?? decodeUsage(choice?.usage) ?? decodeUsage(extra);
      if (choice || usage) answer.start(textOf(chunk.id) ?? '', textOf(chunk.model) ?? '');
      if (choice) readChoice(choice);
      if (usage) {
        answer.usage(usage);
        answer.settle();
      }
      return true;
    };
  },
};

const interrupted = (reason: string): ErrorInfo => ({
  status: 502,
  type: 'api_error',
  code: 'ROUTER_ANSWER_INVALID',
  message: interruptedMessage(reason),
});

const isFirstChoice = (choice: unknown): choice is JsonObject =>
  typeof choice === 'object' && choice !== null && (!('index' in choice) || choice.index === 0);

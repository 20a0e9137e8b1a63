import type { ErrorInfo, JsonObject } from '../../wire-format.ts';
import { isList, isObject, parseObject, textOf } from '../json.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { createDeltaReader } from './delta-reader.ts';
import { decodeStreamError, holdsError } from './error.ts';
import { decodeFinishReason, interruptedMessage, reasonOf } from './finish-reason.ts';
import { mayMatter } from './may-matter.ts';
import { decodeUsage } from './usage.ts';

/**
 * Chat Completions chunks. Only the first choice is read. `finish` waits for the usage, which OpenAI sends in a chunk of
 * its own after the finish reason. Deltas of audio, images and citations make a translated answer fail.
 */
export const openaiStream: StreamProtocol = {
  terminator: 'data: [DONE]\n\n',
  mayMatter,
  createReader(answer, { translating }) {
    let id = '';
    const message = createDeltaReader(answer, (path) => {
      if (translating) answer.lose(path);
      // To whoever only watches it is a piece of the answer like any other.
      else answer.add(path, { type: 'text' }, path);
    });

    const readChoice = (choice: JsonObject): void => {
      // Whoever only watches has seen enough with the first piece.
      if (isObject(choice.delta) && (translating || !answer.hasContent())) message.read(choice.delta, id);
      const told = textOf(choice.finish_reason);
      if (told === undefined) return;
      message.end();
      const reason = decodeFinishReason(told);
      if (reason === 'interrupted') {
        answer.fail(interrupted(told));
        return;
      }
      // vLLM tells which stop sequence it met.
      const stopSequence = reason === 'stop' ? textOf(choice.stop_reason) : undefined;
      const said = { refused: message.refused(), calls: message.calls(), stopped: stopSequence !== undefined };
      answer.finish(reasonOf(reason, said), stopSequence);
    };

    return (event, data) => {
      if (data === '[DONE]') {
        message.end();
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
      if (choice || usage) {
        id ||= textOf(chunk.id) ?? '';
        answer.start(id, textOf(chunk.model) ?? '');
      }
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

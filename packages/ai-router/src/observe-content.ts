import { collectAnswer } from './answer-events.ts';
import { type ContentEvent, channels } from './events.ts';
import type { AnswerHead, AnswerSink, Exchange } from './exchange.ts';
import { formats } from './formats/index.ts';
import type { Target } from './models.ts';
import type { Observation } from './observe.ts';
import type { AssistantPart, JsonObject, ModelEvent, WireFormat } from './wire-format.ts';

/** Characters that are told of an answer. */
const mostCharacters = 300_000;
/** Larger ones have images or sound in them, and are not read for the little text beside those. */
const mostWholeBytes = 8 * 1024 * 1024;

/** Whether somebody listens who may be told of this request. Counts of tokens ask nobody for an answer. */
export const tellsContent = ({ capture, protocol }: Exchange): boolean =>
  channels.content.hasSubscribers && capture !== 'off' && formats[protocol].operation !== 'count-tokens';

/** What a reader would see, and what is to be called. */
const answerText = (content: readonly AssistantPart[]): string =>
  content
    .flatMap((part) => {
      if (part.type === 'reasoning') return [];
      return [part.type === 'tool-call' ? `[calls ${part.name}] ${part.arguments}` : part.text];
    })
    .join('\n');

/** Gathers the text of an answer, until it is enough. What cannot be read is left out. */
const gatherAnswer = (format: WireFormat) => {
  const collected = collectAnswer();
  let decoder: ReturnType<WireFormat['streamDecoder']> | undefined;
  let text: string | undefined;
  let length = 0;
  const thoughts = new Set<number>();
  let isOver = format.operation !== 'chat';
  let isCut = false;
  let isShort = false;

  const read = (work: () => readonly ModelEvent[]): void => {
    if (isOver) return;
    try {
      for (const event of work()) {
        if (event.type === 'part' && event.part.type === 'reasoning') thoughts.add(event.index);
        if (event.type === 'delta') {
          if (thoughts.has(event.index)) continue;
          length += event.text.length;
        }
        // The answer had more to say than its request had room for.
        if (event.type === 'finish') isShort = event.reason === 'length';
        collected.push(event);
      }
      isCut ||= length > mostCharacters;
      isOver = isCut;
    } catch {
      isOver = true;
    }
  };
  const readStream = (chunk: Buffer): void =>
    read(() => {
      decoder ??= format.streamDecoder();
      return decoder.push(chunk);
    });

  return {
    data: readStream,
    whole({ status, contentType }: AnswerHead, body: Buffer): void {
      if (status !== 200 || isOver) return;
      isCut = body.byteLength > mostWholeBytes;
      if (isCut) return;
      if (contentType.startsWith('text/event-stream')) {
        readStream(body);
        return;
      }
      try {
        const { content, finishReason } = format.decodeAnswer(JSON.parse(body.toString()) as JsonObject);
        text = answerText(content);
        isShort = finishReason === 'length';
      } catch {
        text = '';
      }
    },
    end(): Pick<ContentEvent, 'answer' | 'isAnswerCut'> {
      read(() => decoder?.end() ?? []);
      const answer = text ?? answerText(collected.content());
      const isAnswerCut = isCut || isShort || answer.length > mostCharacters;
      return { answer: answer.slice(0, mostCharacters), isAnswerCut };
    },
  };
};

/** Tells what was asked and answered, once, when a request ends; made only while somebody listens. */
export function observeContent(exchange: Exchange, target: Target | undefined, sink: AnswerSink): Observation {
  const { requestId, keyId, agent, protocol, body } = exchange;
  const answer = gatherAnswer(formats[protocol]);
  let head: AnswerHead | undefined;
  let isOver = false;

  const end = (outcome: ContentEvent['outcome']): void => {
    if (isOver) return;
    isOver = true;
    channels.content.publish({
      ...(requestId !== undefined && { requestId }),
      ...(keyId !== undefined && { keyId }),
      ...(agent !== undefined && { agent }),
      protocol,
      provider: head?.provider ?? target?.provider.id ?? '',
      model: head?.model ?? target?.model ?? '',
      cache: head?.cache ?? 'miss',
      outcome,
      body,
      ...answer.end(),
    } satisfies ContentEvent);
  };

  return {
    // The client is told first: nobody waits for what is gathered.
    sink: {
      whole(answered, bytes) {
        sink.whole(answered, bytes);
        head = answered;
        answer.whole(answered, bytes);
        end(answered.status === 200 ? 'complete' : 'failed');
      },
      start(answered) {
        head = answered;
        sink.start(answered);
      },
      data(chunk) {
        const takesMore = sink.data(chunk);
        answer.data(chunk);
        return takesMore;
      },
      end(summary) {
        sink.end(summary);
        end(summary.outcome === 'complete' ? 'complete' : 'failed');
      },
      fail(error, cost) {
        sink.fail(error, cost);
        end('failed');
      },
    },
    ticket: (ticket) => ({
      leave() {
        const cost = ticket.leave();
        end('left');
        return cost;
      },
      resume: () => ticket.resume(),
    }),
  };
}

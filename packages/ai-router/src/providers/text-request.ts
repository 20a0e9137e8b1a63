import { RouterError } from '../errors.ts';
import type {
  AssistantPart,
  JsonObject,
  ModelMessage,
  ModelRequest,
  TextPart,
  UserPart,
  WireFormat,
} from '../wire-format.ts';
import type { InProcessCall } from './in-process.ts';

/** One turn of a conversation in text. */
export interface TextMessage {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** A question to a function that answers in text. The settings are those of `ModelRequest`; which of them count is its own matter. */
export interface TextRequest
  extends Omit<ModelRequest, 'messages' | 'tools' | 'toolChoice' | 'parallelToolCalls' | 'streamUsage'> {
  /** What system messages say, a blank line between two; empty where there is none. */
  readonly system: string;
  /** The others, in order. */
  readonly messages: readonly TextMessage[];
  /** The client's headers that its protocol gives a meaning. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts once nobody waits for the answer. */
  readonly signal: AbortSignal;
}

/** A request as a function of text is asked it, and as all of it was. */
export interface ReadTextRequest {
  readonly whole: ModelRequest;
  readonly text: TextRequest;
}

/** Reads a request in any protocol. Throws `ROUTER_FIELD_UNSUPPORTED` for what cannot be said in text, naming the field. */
export function readTextRequest(
  body: JsonObject,
  format: WireFormat,
  { call, signal }: Pick<InProcessCall, 'call' | 'signal'>,
): ReadTextRequest {
  const paths = new Map<unknown, string>();
  const whole = {
    ...format.decodeRequest(body, { drop() {}, read: (thing, path) => void paths.set(thing, path) }),
    stream: call.stream,
  };
  const { messages, tools = [], toolChoice, parallelToolCalls: _, streamUsage: __, ...settings } = whole;
  if (tools.length > 0 && toolChoice !== 'none') throw moreThanText('tools');

  const textOf = (message: ModelMessage, index: number): string => {
    const path = paths.get(message) ?? `messages[${index}]`;
    if (message.role === 'tool') throw moreThanText(path);
    return message.content
      .flatMap((part: TextPart | UserPart | AssistantPart) => {
        if (part.type === 'text' || part.type === 'refusal') return [part.text];
        // What a model thought before it answered is nothing that it said.
        if (part.type === 'reasoning') return [];
        throw moreThanText(paths.get(part) ?? path);
      })
      .join('\n');
  };
  const system: string[] = [];
  const turns: TextMessage[] = [];
  for (const [index, message] of messages.entries()) {
    const text = textOf(message, index);
    if (message.role === 'system') system.push(text);
    else turns.push({ role: message.role === 'assistant' ? 'assistant' : 'user', text });
  }
  return {
    whole,
    text: { ...settings, system: system.join('\n\n'), messages: turns, headers: call.headers, signal },
  };
}

const moreThanText = (param: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${param}" is more than text, and this model reads and writes text alone. Leave it out, or choose another model.`,
    { status: 400, param },
  );

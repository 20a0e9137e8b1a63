import { RouterError } from '../errors.ts';
import type { ModelRequest, Protocol } from '../wire-format.ts';

type Names = Readonly<Record<string, string>>;

const shared: Names = {
  maxTokens: 'max_tokens',
  parallelToolCalls: 'parallel_tool_calls',
  toolChoice: 'tool_choice',
  topK: 'top_k',
  topP: 'top_p',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
};

/** What a protocol calls the settings of a `ModelRequest`, where it does not call them the same. */
const settings: Readonly<Partial<Record<Protocol, Names>>> = {
  'openai-chat': {
    ...shared,
    responseFormat: 'response_format',
    reasoning: 'reasoning_effort',
    stopSequences: 'stop',
  },
  'openai-responses': {
    ...shared,
    maxTokens: 'max_output_tokens',
    messages: 'input',
    responseFormat: 'text.format',
    stopSequences: 'stop',
  },
  'anthropic-messages': {
    ...shared,
    parallelToolCalls: 'tool_choice.disable_parallel_tool_use',
    responseFormat: 'output_config.format',
    reasoning: 'thinking',
    stopSequences: 'stop_sequences',
  },
};

/** ... and the fields of messages and their parts. */
const fields: Readonly<Partial<Record<Protocol, Names>>> = {
  'openai-chat': {
    '.arguments': '.function.arguments',
    '.detail': '.image_url.detail',
    '.source.url': '.file.file_data',
  },
  'openai-responses': { '.source.url': '.file_url' },
  'anthropic-messages': { '.arguments': '.input', '.isError': '.is_error' },
};

/** Where the messages and parts of a request stood in the client's body, told while that is read (see `Losses.read`). */
export type Places = Pick<ReadonlyMap<object, string>, 'get'>;

const inMessage = /^messages\[(\d+)\](?:\.content\[(\d+)\])?(.*)$/;

/** The client's own name for a field of the request that was read from its body: `top_k` for `topK`. */
export function ownName(path: string, protocol: Protocol, { messages }: ModelRequest, places: Places): string {
  const [, at, part, field = ''] = inMessage.exec(path) ?? [];
  if (at === undefined) return settings[protocol]?.[path] ?? path;
  const own = fields[protocol]?.[field] ?? field;
  const message = messages[Number(at)];
  const within = part === undefined ? undefined : message?.content[Number(part)];
  const place = within && places.get(within);
  if (place !== undefined) return place + own;
  const whole = message && places.get(message);
  return whole === undefined ? path : whole + (part === undefined ? own : '');
}

/** The setting of a `ModelRequest` that a protocol calls so; the name itself where it calls none so. */
export function settingNamed(protocol: Protocol, name: string): string {
  return Object.entries(settings[protocol] ?? {}).find(([, own]) => own === name)?.[0] ?? name;
}

/** The error with another name for the field at fault. */
export function renamed(error: RouterError, param: string): RouterError {
  if (param === error.param) return error;
  const message = error.message.replace(`"${error.param}"`, () => `"${param}"`);
  return new RouterError(error.code, message, { status: error.status, param });
}

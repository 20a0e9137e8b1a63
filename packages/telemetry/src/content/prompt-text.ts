import { marginCharacters, mostCharacters } from './bounds.ts';

/** What was asked, as people read it. */
export interface PromptText {
  /** One for each message, the oldest first: `user: …`. Where it is cut, the first of them begins within. */
  readonly texts: readonly string[];
  /** What is oldest is left out, so that no more than `mostCharacters` are left. */
  readonly isCut: boolean;
}

type Body = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Body =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What stands for a part that is no text. */
const marks: Readonly<Record<string, string>> = {
  image_url: '[image]',
  input_image: '[image]',
  image: '[image]',
  input_audio: '[audio]',
  file: '[file]',
  input_file: '[file]',
  document: '[file]',
};

/** A part of a message in any of the protocols. What a model thought is left out. */
const partText = (part: unknown): string => {
  if (typeof part === 'string') return part;
  if (!isRecord(part)) return '';
  const { type, text, refusal, name, input, content } = part;
  if (typeof text === 'string') return text;
  if (typeof refusal === 'string') return refusal;
  if (type === 'tool_use') return `[calls ${textOf(name)}] ${JSON.stringify(input ?? {})}`;
  if (type === 'tool_result') return `[result] ${contentText(content)}`;
  return marks[textOf(type)] ?? '';
};

/** Text, or parts of it: the last, as far as they can be kept. */
const contentText = (content: unknown): string => {
  if (!Array.isArray(content)) return partText(content);
  const pieces: string[] = [];
  let length = 0;
  for (const part of content.toReversed()) {
    const text = partText(part);
    if (text !== '') pieces.push(text);
    length += text.length;
    if (length > mostCharacters + marginCharacters) break;
  }
  return pieces.reverse().join('\n');
};

const callText = (call: unknown): string => {
  const { name, arguments: given } = isRecord(call) ? (isRecord(call.function) ? call.function : call) : {};
  return `[calls ${textOf(name)}] ${textOf(given)}`;
};

/** A message, or an item of a response's input. */
const messageText = (message: unknown): string => {
  if (typeof message === 'string') return `user: ${message}`;
  if (!isRecord(message)) return '';
  const { type, role, content, tool_calls: calls, output } = message;
  if (type === 'function_call') return `assistant: ${callText(message)}`;
  if (type === 'function_call_output') return `tool: ${contentText(output)}`;
  if (typeof role !== 'string') return '';
  const said = [contentText(content), ...(Array.isArray(calls) ? calls.map(callText) : [])];
  return `${role}: ${said.filter((each) => each !== '').join('\n')}`;
};

const isTokens = (input: unknown): boolean =>
  Array.isArray(input) && (typeof input[0] === 'number' || Array.isArray(input[0]));

/** What is asked in a request, in order, each to be read when it is its turn. */
const messagesOf = ({ system, instructions, messages, input }: Body): readonly (() => string)[] => {
  const told = system ?? instructions;
  const asked = isTokens(input) ? ['[tokens]'] : [messages ?? input ?? []].flat();
  return [
    ...(told === undefined || told === null ? [] : [() => `system: ${contentText(told)}`]),
    ...asked.map((each) => () => messageText(each)),
  ];
};

/** Reads the body of a request of any protocol: its text, without the bytes of images and files, the tools on offer and thoughts. */
export const promptText = (body: Body): PromptText => {
  const texts: string[] = [];
  let room = mostCharacters;
  // The newest is what was asked: what was said before gives way.
  for (const read of messagesOf(body).toReversed()) {
    const text = read();
    if (text === '') continue;
    if (text.length > room) {
      texts.push(text.slice(-(room + marginCharacters)));
      return { texts: texts.reverse(), isCut: true };
    }
    texts.push(text);
    room -= text.length;
  }
  return { texts: texts.reverse(), isCut: false };
};

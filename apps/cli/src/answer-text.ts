import type { AssistantPart, CachedAnswer, JsonObject, Protocol } from '@hotpath/runtime';

/** Streams and whole answers tell by their first fields which protocol they are in. */
const protocolOf = (head: string): Protocol =>
  /"object"\s*:\s*"response"/.test(head)
    ? 'openai-responses'
    : /"type"\s*:\s*"message(_start)?"/.test(head)
      ? 'anthropic-messages'
      : 'openai-chat';

const headBytes = 4096;

/** The text of an answer in any protocol, or `undefined` where it is not text alone, such as a tool call. */
export const answerText = async (answer: Pick<CachedAnswer, 'contentType' | 'body'>): Promise<string | undefined> => {
  const { collectAnswer, contentText, formats } = await import('@hotpath/runtime');
  const { contentType, body } = answer;
  const format = formats[protocolOf(body.toString('utf8', 0, headBytes))];
  try {
    if (!contentType.startsWith('text/event-stream'))
      return onlyText(format.decodeAnswer(JSON.parse(body.toString()) as JsonObject).content, contentText);
    const decoder = format.streamDecoder();
    const events = [...decoder.push(body), ...decoder.end()];
    if (decoder.skipped() || events.some(({ type }) => type === 'error')) return undefined;
    const collected = collectAnswer();
    for (const event of events) collected.push(event);
    return onlyText(collected.content(), contentText);
  } catch {
    return undefined;
  }
};

const onlyText = (
  content: readonly AssistantPart[],
  textOf: (content: readonly AssistantPart[]) => string,
): string | undefined => (content.some(({ type }) => type === 'tool-call') ? undefined : textOf(content));

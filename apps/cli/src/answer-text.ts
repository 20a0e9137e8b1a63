import type { CachedAnswer, JsonObject, Protocol } from '@hotpath/runtime';

/** Streams and whole answers tell by their first fields which protocol they are in. */
const protocolOf = (head: string): Protocol =>
  /"type"\s*:\s*"message(_start)?"/.test(head) ? 'anthropic-messages' : 'openai-chat';

const headBytes = 4096;

/** The text of an answer in either protocol, or `undefined` where it is not text alone, such as a tool call. */
export const answerText = async (answer: Pick<CachedAnswer, 'contentType' | 'body'>): Promise<string | undefined> => {
  const { formats } = await import('@hotpath/runtime');
  const { contentType, body } = answer;
  const format = formats[protocolOf(body.toString('utf8', 0, headBytes))];
  try {
    if (!contentType.startsWith('text/event-stream'))
      return format.decodeAnswer(JSON.parse(body.toString()) as JsonObject).text;
    const decoder = format.streamDecoder();
    const events = [...decoder.push(body), ...decoder.end()];
    if (decoder.skipped || events.some(({ type }) => type === 'error')) return undefined;
    return events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  } catch {
    return undefined;
  }
};

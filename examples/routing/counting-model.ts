import { formats, type ModelEvent, type Provider, RouterError } from '@hotpath/ai-router';

interface Request {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}

const words = 'one two three four five six seven eight nine ten'.split(' ');

/**
 * A model that counts to ten, and goes on where an answer broke off. `breaksAfter`: words after which its connection
 * breaks. @default never
 */
export const countingModel = (id: string, { breaksAfter = Number.POSITIVE_INFINITY } = {}): Provider => ({
  id,
  protocols: ['openai-chat'],
  models: async () => ['count'],
  send({ body, protocol }, receiver) {
    const { model, messages } = JSON.parse(Buffer.from(body).toString()) as Request;
    const last = messages.at(-1);
    const begun = last?.role === 'assistant' ? last.content.split(' ').length : 0;
    const events: ModelEvent[] = [
      { type: 'start', id: 'count-1', model },
      { type: 'part', index: 0, part: { type: 'text' } },
      ...words.slice(begun).map((word, index): ModelEvent => {
        const text = begun + index === 0 ? word : ` ${word}`;
        return { type: 'delta', index: 0, text };
      }),
      { type: 'finish', reason: 'stop' },
    ];
    const encoder = formats[protocol].streamEncoder();
    const isCut = breaksAfter < words.length - begun;
    const sent = isCut ? events.slice(0, 2 + breaksAfter) : events;
    // A provider never answers before `send` has returned.
    const answer = setImmediate(() => {
      receiver.onHead(200, { 'content-type': 'text/event-stream' });
      for (const event of sent) receiver.onData(Buffer.from(encoder.push(event)));
      if (isCut)
        receiver.onError(new RouterError('ROUTER_UPSTREAM_CUT', `${id} broke off.`, { status: 502, provider: id }));
      else receiver.onEnd();
    });
    return { pause() {}, resume() {}, abort: () => clearImmediate(answer) };
  },
  close: async () => {},
});

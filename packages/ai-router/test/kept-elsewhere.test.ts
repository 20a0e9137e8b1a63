import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../src/wire-format.ts';
import { set, turn } from './support/exchanges.ts';
import { scripted } from './support/scripted-provider.ts';

const question = { role: 'user', content: 'And now?' };
const references: readonly [string, JsonObject, string][] = [
  ['an item', { input: [{ type: 'item_reference', id: 'msg_1' }, question] }, 'input[0]'],
  ['an item, its type left out as the SDK allows', { input: [question, { id: 'rs_1' }] }, 'input[1]'],
  ['a response', { input: 'And now?', previous_response_id: 'resp_1' }, 'previous_response_id'],
  ['a conversation', { input: 'And now?', conversation: { id: 'conv_1' } }, 'conversation'],
];
const ask = async (body: JsonObject, protocol: 'openai-responses' | 'openai-chat' | 'anthropic-messages') => {
  const { ask: send, provider } = set({}, scripted('p', protocol));
  const { sink, raw } = await send({ messages: undefined as never, ...body }, { protocol: 'openai-responses' });
  await turn();
  return { sink, raw, provider };
};

describe('what refers to something that OpenAI keeps', () => {
  describe.each(references)('%s', (_name, body, param) => {
    it.each(['openai-chat', 'anthropic-messages'] as const)('is refused for %s, with what to do', async (protocol) => {
      const { sink, provider } = await ask(body, protocol);
      expect(provider.calls).toHaveLength(0);
      expect(sink.error).toMatchObject({ code: 'ROUTER_FIELD_UNSUPPORTED', status: 400, param });
      expect(sink.error?.message).toContain(`"${param}"`);
      expect(sink.error?.message).toContain('"store": false');
    });

    it('passes untouched to Responses', async () => {
      const { raw, provider } = await ask(body, 'openai-responses');
      expect(provider.last.text).toBe(raw.toString());
    });
  });
});

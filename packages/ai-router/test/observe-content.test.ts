import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ContentEvent, channels } from '../src/events.ts';
import { formats } from '../src/formats/index.ts';
import type { JsonObject } from '../src/wire-format.ts';
import { set, turn } from './support/exchanges.ts';
import { completion, events, scripted } from './support/scripted-provider.ts';
import { embeddings } from './support/vectors.ts';

let heard: ContentEvent[] = [];
const listener = (event: unknown): void => void heard.push(event as ContentEvent);
beforeEach(() => {
  heard = [];
  channels.content.subscribe(listener);
});
afterEach(() => {
  channels.content.unsubscribe(listener);
  vi.restoreAllMocks();
});

const messages = [{ role: 'user', content: 'why?' }];
const bodies: Readonly<Record<string, JsonObject>> = {
  'openai-chat': { messages },
  'anthropic-messages': { messages, max_tokens: 9 },
  'openai-responses': { input: 'why?', messages: undefined, store: false },
};

describe('what is told of content', () => {
  it.each(Object.entries(bodies))(
    'is the request and the text of its answer, whole and streamed: %s',
    async (protocol, body) => {
      const { ask, provider } = set();
      const more = { protocol: protocol as 'openai-chat', requestId: 'r1', keyId: 'k1', agent: 'planner' };
      await ask(body, more);
      provider.last.json(200, completion('because'));
      await ask({ ...body, stream: true }, more);
      provider.last.open();
      provider.last.send(...events('be', 'cause'));
      provider.last.end();
      const common = {
        requestId: 'r1',
        keyId: 'k1',
        agent: 'planner',
        protocol,
        provider: 'p',
        model: 'm',
        cache: 'miss',
        outcome: 'complete',
      };
      const answered = { ...common, answer: 'because', isAnswerCut: false };
      expect(heard).toMatchObject([
        { ...answered, body },
        { ...answered, body: { ...body, stream: true } },
      ]);
    },
  );

  it('is told of hits, whole and streamed, and of who shares an answer', async () => {
    const { ask, provider } = set();
    await ask();
    await ask();
    provider.last.json(200, completion('because'));
    await ask();
    await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('so'));
    provider.last.end();
    await turn();
    await ask({ stream: true });
    expect(heard.map(({ cache, answer }) => `${cache} ${answer}`)).toEqual([
      'miss because',
      'coalesced because',
      'hit because',
      'miss so',
      'hit so',
    ]);
  });

  it('is what came of answers that fail, break off or are left', async () => {
    const { ask, provider } = set();
    await ask();
    provider.last.json(400, { error: { message: 'no such thing' } });
    await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('half').slice(0, 2));
    provider.last.end();
    const { ticket } = await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('quarter').slice(0, 2));
    ticket.leave();
    await ask({ model: 'nobody/knows' });
    expect(heard.map(({ outcome, answer }) => `${outcome} ${answer}`)).toEqual([
      'failed ',
      'failed half',
      'left quarter',
      'failed ',
    ]);
    expect(heard[3]).toMatchObject({ provider: '', body: { model: 'nobody/knows' } });
  });

  it('has the tools that are called, and no thoughts', async () => {
    const { ask, provider } = set();
    await ask();
    const calls = [{ id: 'c1', type: 'function', function: { name: 'look_up', arguments: '{"word":"owl"}' } }];
    const message = { role: 'assistant', content: 'See:', reasoning_content: 'hm', tool_calls: calls };
    provider.last.json(200, { ...completion(''), choices: [{ index: 0, message, finish_reason: 'tool_calls' }] });
    expect(heard[0]?.answer).toBe('See:\n[calls look_up] {"word":"owl"}');
  });

  it('ends where it is enough, and goes to the client whole', async () => {
    const { ask, provider } = set();
    const { sink } = await ask({ stream: true });
    const word = 'x'.repeat(100_000);
    provider.last.open();
    const pieces = events(word, word, word, word, word, word);
    provider.last.send(...pieces);
    provider.last.end();
    expect(heard[0]).toMatchObject({ outcome: 'complete', isAnswerCut: true });
    expect(heard[0]?.answer).toHaveLength(300_000);
    expect(sink.text.split(word)).toHaveLength(7);
  });

  it('is cut where the limit of tokens ends it, whole and streamed', async () => {
    const { ask, provider } = set();
    const short = (text: string): string => text.replaceAll('"finish_reason":"stop"', '"finish_reason":"length"');
    await ask();
    provider.last.json(200, JSON.parse(short(JSON.stringify(completion('be')))) as JsonObject);
    await ask({ stream: true });
    provider.last.open();
    provider.last.send(...events('be').map(short));
    provider.last.end();
    expect(heard).toMatchObject([
      { answer: 'be', outcome: 'complete', isAnswerCut: true },
      { answer: 'be', outcome: 'complete', isAnswerCut: true },
    ]);
  });

  it('says so of a whole answer that is too large to read', async () => {
    const { ask, provider } = set();
    await ask();
    provider.last.json(200, completion('x'.repeat(8 * 1024 * 1024)));
    expect(heard).toMatchObject([{ outcome: 'complete', answer: '', isAnswerCut: true }]);
  });

  it('is not cut by thoughts', async () => {
    const { ask, provider } = set();
    await ask({ stream: true });
    const thought = { choices: [{ index: 0, delta: { reasoning_content: 'h'.repeat(300_001) }, finish_reason: null }] };
    const [first = '', ...rest] = events('because');
    provider.last.open();
    provider.last.send(`data: ${JSON.stringify({ id: 'c', model: 'm', ...thought })}\n\n`, first, ...rest);
    provider.last.end();
    expect(heard).toMatchObject([{ answer: 'because', isAnswerCut: false }]);
  });

  it('is the text of embeddings without their vectors, and nothing of counts', async () => {
    const provider = scripted('p', ['openai-chat', 'openai-embeddings', 'anthropic-count-tokens']);
    const { ask } = set({}, provider);
    await ask({ input: 'owl' }, { protocol: 'openai-embeddings' });
    provider.last.json(200, embeddings([[1, 2]]));
    await ask({}, { protocol: 'anthropic-count-tokens' });
    provider.last.json(200, { input_tokens: 3 });
    expect(heard).toMatchObject([{ protocol: 'openai-embeddings', body: { input: 'owl' }, answer: '' }]);
  });

  it('is nothing of a request that wants it so', async () => {
    const { ask, provider, router } = set();
    await ask({}, { capture: 'off' });
    provider.last.json(200, completion('secret'));
    const answer = router.query({ model: 'm', prompt: 'secret', capture: 'off' });
    await turn();
    provider.last.json(200, completion('secret'));
    await answer;
    expect(heard).toEqual([]);
  });

  it('harms no answer that cannot be read', async () => {
    const { ask, provider } = set();
    vi.spyOn(formats['openai-chat'], 'streamDecoder').mockImplementation(() => {
      throw new Error('broken');
    });
    vi.spyOn(formats['openai-chat'], 'decodeAnswer').mockImplementation(() => {
      throw new Error('broken');
    });
    const { sink } = await ask();
    provider.last.json(200, completion('because'));
    expect(sink.text).toContain('because');
    expect(heard).toMatchObject([{ outcome: 'complete', answer: '' }]);
  });

  it('is read by nobody where nobody listens', async () => {
    channels.content.unsubscribe(listener);
    const decode = vi.spyOn(formats['openai-chat'], 'decodeAnswer');
    const { ask, provider } = set();
    await ask();
    provider.last.json(200, completion('because'));
    expect(decode).not.toHaveBeenCalled();
  });
});

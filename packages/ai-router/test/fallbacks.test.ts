import { describe, expect, it } from 'vitest';
import { createRouter } from '../src/router.ts';
import { memory, turn } from './support/exchanges.ts';
import { record } from './support/recorder.ts';
import { completion, scripted } from './support/scripted-provider.ts';

const body = (model?: string) => ({
  ...(model !== undefined && { model }),
  messages: [{ role: 'user', content: 'hi' }],
});
const notFound = { error: { message: 'no', code: 'model_not_found' } };

function set() {
  const [one, other] = [scripted('one'), scripted('other')];
  const router = createRouter({
    providers: [one, other],
    cache: memory(),
    routes: { smart: { targets: ['one/m'], strategy: 'weighted' } },
    defaultModel: 'smart',
  });
  const ask = async (model: string | undefined, fallbacks?: readonly string[]) => {
    const sink = record();
    router.answer({ protocol: 'openai-chat', body: body(model), ...(fallbacks && { fallbacks }) }, sink);
    await turn();
    await turn();
    return sink;
  };
  return { one, other, ask };
}

describe('fallbacks that a request names', () => {
  it('are asked after the route, whatever its strategy', async () => {
    for (let count = 0; count < 20; count += 1) {
      const { one, other, ask } = set();
      await ask('smart', ['other/m']);
      expect([one.calls.length, other.calls.length]).toEqual([1, 0]);
    }
  });

  it('do not answer for those who name none', async () => {
    const { one, other, ask } = set();
    const first = await ask('one/m', ['other/m']);
    one.last.json(404, notFound);
    await turn();
    other.last.json(200, completion('from the other'));
    expect(first.head?.provider).toBe('other');
    await ask('one/m');
    expect(one.calls).toHaveLength(2);
  });
});

it('the default model may be a route', async () => {
  const { one, ask } = set();
  const sink = await ask(undefined);
  one.last.json(200, completion('ok'));
  expect(sink.head?.status).toBe(200);
});

it('what one protocol cannot say goes to a target that can, and is no call', async () => {
  const claude = scripted('claude', 'anthropic-messages');
  const other = scripted('other');
  const router = createRouter({ providers: [claude, other], routes: { r: { targets: ['claude/m', 'other/m'] } } });
  const sink = record();
  router.answer({ protocol: 'openai-chat', body: { ...body('r'), temperature: 1.5 } }, sink);
  await turn();
  expect(claude.calls).toHaveLength(0);
  other.last.json(200, completion('ok'));
  expect(sink.head).toMatchObject({ provider: 'other', attempts: 1 });
});

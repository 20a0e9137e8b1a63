import { describe, expect, it } from 'vitest';
import { createRouter } from '../src/router.ts';
import { turn } from './support/exchanges.ts';
import { completion, events, message, scripted } from './support/scripted-provider.ts';

const refusal = { error: { message: 'no', code: 'model_not_found' } };

const set = () => {
  const [one, claude] = [scripted('one'), scripted('claude', 'anthropic-messages')];
  const router = createRouter({
    providers: [one, claude],
    prices: { version: 't', models: { m: { input: 1_000_000, output: 1_000_000 } } },
  });
  return { one, claude, router };
};

describe('a query that names others to ask', () => {
  it('asks them after its model, in their own protocol', async () => {
    const { one, claude, router } = set();
    const asked = router.query({ model: 'one/m', prompt: 'hi', fallbacks: ['claude/m'] });
    await turn();
    expect([one.calls.length, claude.calls.length]).toEqual([1, 0]);
    one.last.json(404, refusal);
    await turn();
    claude.last.json(200, message('from the other'));
    expect(await asked).toMatchObject({ provider: 'claude', text: 'from the other' });
  });

  it('asks all at once in a race, and the first piece decides', async () => {
    const { one, claude, router } = set();
    const asked = router.query({ model: 'one/m', prompt: 'hi', fallbacks: ['claude/m'], race: true });
    await turn();
    expect([one.calls.length, claude.calls.length]).toEqual([1, 1]);
    claude.last.json(200, message('first'));
    expect(await asked).toMatchObject({ provider: 'claude', text: 'first' });
    expect(one.last.aborted).toBe(true);
  });

  it('is alone in a race without others', async () => {
    const { one, router } = set();
    const asked = router.query({ model: 'one/m', prompt: 'hi', race: true });
    await turn();
    one.last.json(200, completion('ok'));
    expect(await asked).toMatchObject({ text: 'ok' });
  });
});

it('an aborted stream tells what it is billed, as an estimate', async () => {
  const { one, router } = set();
  const stop = new AbortController();
  const answer = router.stream({ model: 'one/m', prompt: 'hi', signal: stop.signal });
  await turn();
  one.last.open();
  one.last.send(...events('half of it').slice(0, 2));
  await turn();
  stop.abort();
  const error = await answer.result.catch((caught: unknown) => caught);
  expect(error).toMatchObject({ code: 'ROUTER_ABORTED', status: 499, estimatedUsd: expect.any(Number) });
  expect((error as { costUsd: number }).costUsd).toBeGreaterThan(0);
});

it('an answer that breaks off tells it too', async () => {
  const { one, router } = set();
  const asked = router.stream({ model: 'one/m', prompt: 'hi' });
  await turn();
  one.last.open();
  one.last.send(...events('half of it').slice(0, 2));
  await turn();
  one.last.end();
  const error = (await asked.result.catch((caught: unknown) => caught)) as { code: string; costUsd: number };
  expect(error.code).toBe('ROUTER_UPSTREAM_CUT');
  expect(error.costUsd).toBeGreaterThan(0);
});

import { describe, expect, it } from 'vitest';
import { economyRig, withoutSqlite } from './support/rig.ts';

const system = 'instructions '.padEnd(20_000, 'x');
const model = 'claude-haiku-4-5';
const prompts = ['one', 'two', 'three', 'four', 'five', 'six'];
const bodyOf = (content: string) => ({
  ...{ model: `anthropic/${model}`, max_tokens: 50 },
  messages: [
    { role: 'system', content: system },
    { role: 'user', content },
  ],
});

describe.skipIf(withoutSqlite)('prompt caching in batches', () => {
  it('marks what the requests share, and adds its discount to that of the batch', async () => {
    const rig = await economyRig({ cachedTokens: 5_000 });
    const { router, ask } = rig.router({}, { promptCache: 'safe' });
    const asked = prompts.map((content) => ask(bodyOf(content)));
    await rig.until(() => asked.every(({ sink }) => sink.body));
    const [batch] = rig.upstream.batches;
    expect(batch?.bodies).toHaveLength(prompts.length);
    for (const body of batch?.bodies ?? [])
      expect(body.system).toEqual([{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }]);

    const { usage, costUsd } = asked[0]?.sink.head ?? {};
    expect(usage?.cachedInputTokens).toBeGreaterThan(0);
    const { inputTokens = 0, cachedInputTokens: read = 0, outputTokens = 0 } = usage ?? {};
    const live = ((inputTokens - read) * 1 + read * 0.1 + outputTokens * 5) / 1_000_000;
    expect(costUsd).toBeCloseTo(live / 2, 12);
    const { saved, paidDollars, plainDollars } = router.savings().total;
    expect(saved.promptCache).toBeCloseTo((prompts.length * read * 0.9) / 1_000_000, 5);
    expect(saved.batch).toBeCloseTo(paidDollars, 12);
    expect(plainDollars).toBeCloseTo(paidDollars + saved.promptCache + saved.batch, 12);
  });

  it('leaves them as they are where it is off', async () => {
    const rig = await economyRig();
    const { ask } = rig.router();
    const asked = prompts.map((content) => ask(bodyOf(content)));
    await rig.until(() => asked.every(({ sink }) => sink.body));
    expect(JSON.stringify(rig.upstream.batches[0]?.bodies)).not.toContain('cache_control');
  });

  it('does not hide a batch from who looks for it, and joins those who ask the same', async () => {
    const rig = await economyRig();
    rig.upstream.injectBatch('accept-reset');
    const { ask } = rig.router({}, { promptCache: 'safe' });
    const asked = prompts.map((content) => ask(bodyOf(content)));
    await rig.until(() => rig.upstream.batches.length > 0);
    const joined = prompts.map((content) => ask(bodyOf(content)));
    await rig.until(() => [...asked, ...joined].every(({ sink }) => sink.body));
    expect(rig.upstream.batches).toHaveLength(1);
    expect(JSON.stringify(rig.upstream.batches[0]?.bodies[0])).toContain('cache_control');
    expect(rig.events.map(({ type }) => type)).toContain('adopted');
    expect([...asked, ...joined].map(({ sink }) => sink.head?.lane)).toEqual(Array(12).fill('batch'));
  });
});

import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ask, type Seen } from './support/ask.ts';
import { canonicalText, models, type Protocol, type Rig, startRig } from './support/rig.ts';
import { faultTable } from './table.ts';

const row = faultTable.find(({ isSequence }) => isSequence);
if (!row) throw new Error('The table has no sequence.');

interface Request extends Seen {
  readonly sentAt: number;
  /** The primary's breaker afterwards. */
  readonly breaker: string | undefined;
}

const breakerOf = ({ hotpath }: Rig): string | undefined =>
  hotpath.router.health().find(({ provider }) => provider === 'primary')?.breaker.state;

/** One request after the other until `isEnough`, for 15 s at most. */
async function send(rig: Rig, protocol: Protocol, stream: boolean, isEnough: (sent: readonly Request[]) => boolean) {
  const sent: Request[] = [];
  const startedAt = performance.now();
  while (!isEnough(sent) && performance.now() - startedAt < 15_000) {
    const sentAt = performance.now();
    const seen = await ask(rig.url, { protocol, stream });
    sent.push({ ...seen, sentAt, breaker: breakerOf(rig) });
    await delay(100);
  }
  return sent;
}

const isWhole = ({ outcome, text }: Seen): boolean => outcome === 'answer' && text === canonicalText;

describe.concurrent.each([
  { protocol: 'openai', stream: true, fallback: 'openai' },
  { protocol: 'openai', stream: false, fallback: 'anthropic' },
  { protocol: 'anthropic', stream: true, fallback: 'openai' },
  { protocol: 'anthropic', stream: false, fallback: 'anthropic' },
] as const)(`${row.id} ${row.title}: $protocol, stream: $stream`, ({ protocol, stream, fallback }) => {
  const { fault } = row.stream;

  it(`with a fallback on ${fallback}: ${row.stream.fallback}`, async () => {
    await using rig = await startRig({ primary: protocol, fallback });
    const primaryModel = models.primary[protocol];
    const isPrimary = ({ model }: Seen): boolean => model === primaryModel;
    rig.primary.inject(fault);
    const during = await send(rig, protocol, stream, (sent) => sent.length >= 12);
    const askedDuring = rig.primary.requests.length;
    rig.primary.heal();
    const healedAt = performance.now();
    const after = await send(rig, protocol, stream, (sent) => sent.slice(-5).filter(isPrimary).length === 5);

    expect([...during, ...after].filter((request) => !isWhole(request))).toEqual([]);
    // It opens at the fifth failure in a row, and lets probes through, one at a time, after a while.
    expect(during.slice(0, 2).map(({ breaker }) => breaker)).toEqual(['closed', 'closed']);
    expect(during.slice(2).map(({ breaker }) => breaker)).not.toContain('closed');
    expect(askedDuring).toBeLessThanOrEqual(8);
    const returned = after.find(isPrimary);
    expect((returned?.sentAt ?? Number.NaN) - healedAt).toBeLessThan(8_000);
    expect(after.map(({ breaker }) => breaker)).toContain('half-open');
    expect(after.slice(-5).every(isPrimary)).toBe(true);
    expect(after.at(-1)?.breaker).toBe('closed');
  });

  it(`alone: ${row.stream.alone}`, async () => {
    await using rig = await startRig({ primary: protocol });
    rig.primary.inject(fault);
    const during = await send(rig, protocol, stream, (sent) => sent.length >= 10);
    expect(during.every(({ outcome, status }) => outcome === 'error' && (status ?? 0) >= 500)).toBe(true);
    expect(rig.primary.requests.length).toBeLessThanOrEqual(30);
    rig.primary.heal();
    const [first] = await send(rig, protocol, stream, (sent) => sent.length >= 1);
    expect(first && isWhole(first)).toBe(true);
  });
});

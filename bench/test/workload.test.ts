import { describe, expect, it } from 'vitest';
import { price } from '../scenarios/gateway-workload/bill.ts';
import { bodyOf, inputTokens, pieceText } from '../scenarios/gateway-workload/prompt.ts';
import { createWorkload, figuresOf, type WorkRequest } from '../scenarios/gateway-workload/workload.ts';

const hourMs = 3_600_000;
const small = { seed: 1, durationMs: hourMs, dollarsPerKind: 5, price };
/** Enough traffic for its shares to be those of its distributions. */
const large = createWorkload({ ...small, seed: 7, dollarsPerKind: 80 });

const dollarsOf = (requests: readonly WorkRequest[], kind: string): number =>
  requests
    .filter((request) => request.kind.name === kind)
    .reduce(
      (sum, { prompt }) => sum + (inputTokens(prompt) * price.input + prompt.outputTokens * price.output) / 1e6,
      0,
    );

describe('the workload', () => {
  it('is the same for the same seed, and another for another', () => {
    const texts = (seed: number): string[] =>
      createWorkload({ ...small, seed }).map(({ at, kind, prompt }) => `${at} ${bodyOf('m', kind.name, prompt)}`);
    const [first, again, other] = [texts(1), texts(1), texts(2)];
    expect(again).toEqual(first);
    expect(other.filter((text) => first.includes(text))).toEqual([]);
  });

  it('is sent in order, within its time', () => {
    const times = createWorkload(small).map(({ at }) => at);
    expect(times).toEqual([...times].sort((left, right) => left - right));
    expect(times[0]).toBeGreaterThanOrEqual(0);
    expect(times.at(-1)).toBeLessThan(hourMs);
  });

  it.each(['documents', 'chat', 'agents', 'checks', 'jobs'])('spends an equal share of the money on %s', (kind) => {
    const dollars = dollarsOf(createWorkload(small), kind);
    // The last request may go over.
    expect(dollars).toBeGreaterThanOrEqual(5);
    expect(dollars).toBeLessThan(5.3);
  });

  it('asks about documents as the trace does that they are fitted to', () => {
    const figures = figuresOf(large, 'documents');
    expect(figures.inputTokens / 15_325).toBeCloseTo(1, 0.7);
    expect(figures.outputTokens / 149).toBeCloseTo(1, 0.7);
    expect(figures.repeated).toBeCloseTo(0.053, 1.7);
    expect(figures.sharedSoon).toBeGreaterThan(0.52);
    expect(figures.sharedSoon).toBeLessThan(0.66);
  });

  it('chats as the conversations do that it is fitted to', () => {
    const figures = figuresOf(large, 'chat');
    expect(figures.inputTokens / 12_035).toBeCloseTo(1, 0.7);
    expect(figures.outputTokens / 343).toBeCloseTo(1, 0.7);
    expect(figures.repeated).toBeGreaterThan(0.006);
    expect(figures.repeated).toBeLessThan(0.014);
    expect(figures.sharedSoon).toBeGreaterThan(0.25);
    expect(figures.sharedSoon).toBeLessThan(0.33);
    expect(figures.shared).toBeGreaterThan(0.33);
    expect(figures.shared).toBeLessThan(0.41);
  });

  it('lets agents read far more than they write, and repeat nothing', () => {
    const figures = figuresOf(large, 'agents');
    expect(figures.inputTokens / figures.outputTokens).toBeGreaterThan(70);
    expect(figures.inputTokens / figures.outputTokens).toBeLessThan(130);
    expect(figures.repeated).toBe(0);
  });

  it('may let nothing wait but jobs', () => {
    expect([...new Set(large.filter(({ kind }) => kind.waits).map(({ kind }) => kind.name))]).toEqual(['jobs']);
  });
});

describe('its figures', () => {
  const [kind] = [large.find((request) => request.kind.name === 'chat')?.kind];
  if (!kind) throw new Error('There is no chat.');
  const request = (at: number, ...ids: string[]): WorkRequest => ({
    at,
    kind,
    prompt: { system: [], turns: [{ role: 'user', pieces: ids.map((id) => ({ id, tokens: 100 })) }], outputTokens: 10 },
  });

  it('tell apart whole prompts, prefixes of five minutes and older ones', () => {
    const requests = [
      request(0, 'a', 'b'),
      request(200_000, 'a', 'c'),
      request(600_000, 'a', 'c'),
      request(600_001, 'd'),
    ];
    expect(figuresOf(requests, 'chat')).toEqual({
      requests: 4,
      inputTokens: 175,
      outputTokens: 10,
      repeated: 0.25,
      sharedSoon: 100 / 700,
      shared: 300 / 700,
    });
  });

  it('do not take for a prefix what only comes again further on', () => {
    expect(figuresOf([request(0, 'a', 'b'), request(1, 'c', 'b')], 'chat').shared).toBe(0);
  });
});

describe('a piece of a prompt', () => {
  it('is as long as it says, and begins with its id', () => {
    const text = pieceText({ id: 'one', tokens: 1_000 });
    expect(text).toHaveLength(3_600);
    expect(text).toMatch(/^one It keeps/);
    expect(pieceText({ id: 'a long name for few tokens', tokens: 1 })).toMatch(/^a long name for few tokens /);
  });
});

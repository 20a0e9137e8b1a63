import type { Content, EventStoreThread, ListedEvent } from '@hotpath/runtime/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteContent, listContent, showContent } from '../../src/dashboard/content.ts';
import { findRequest } from '../../src/dashboard/requests.ts';

const dayMs = 86_400_000;
const nowMs = 1_800_000_000_000;
const events: ListedEvent[] = [];
const keep = (atMs: number, requestId: string, more: Partial<ListedEvent> = {}): ListedEvent => {
  const texts = { request_id: requestId };
  const event = { id: atMs * 1024, atMs, names: {}, figures: { duration: 1000 }, texts, ...more };
  events.push(event);
  return event;
};
const ask = (async (_question: string, query: Readonly<Record<string, unknown>>) => {
  const { kind, fromMs, toMs, text } = query as { kind: string; fromMs: number; toMs: number; text?: string };
  return events
    .filter(({ atMs }) => kind === 'request' && atMs >= fromMs && atMs < toMs)
    .filter(({ texts }) => text === undefined || texts.request_id === text)
    .sort((one, other) => other.atMs - one.atMs)
    .slice(0, 1);
}) as unknown as EventStoreThread['ask'];
const never = () => new Promise<never>(() => {});
const stuck = { isCapturing: true, search: never, get: never, delete: never, count: never } as Content;
const found = (name: string, content?: Content) =>
  findRequest(ask, content, name, { version: '2026-01-01', models: {} }, nowMs);

beforeEach(() => {
  events.length = 0;
});

describe('a request', () => {
  it('is found by its id as long as it is kept, the newest of those that have it', async () => {
    keep(nowMs - 9 * dayMs, 'old');
    keep(nowMs - 8 * dayMs, 'old');
    expect((await found('old')).request.at).toBe(nowMs - 8 * dayMs);
    keep(nowMs - 1_000, 'old');
    expect((await found('old')).request.at).toBe(nowMs - 1_000);
    await expect(found('other')).rejects.toMatchObject({ error: { status: 404, code: 'DASHBOARD_NO_REQUEST' } });
  });

  it('is found by an id of digits, as clients may choose one', async () => {
    const event = keep(nowMs - 3 * dayMs, '17');
    expect((await found('17')).request.requestId).toBe('17');
    expect((await found(String(event.id))).request.requestId).toBe('17');
  });

  it('that was refused has no first token, nor the stages of an answer', async () => {
    const figures = { duration: 9000, first_token: 8000, routed: 1000, status: 404 };
    keep(nowMs - 1_000, 'refused', { figures });
    const { request, stages } = await found('refused');
    expect(request.firstTokenMs).toBeNull();
    expect(stages.map(({ stage }) => stage)).toEqual(['route']);
    keep(nowMs - 1_000, 'answered', { figures: { ...figures, status: 200 } });
    expect((await found('answered')).request.firstTokenMs).toBe(8);
  });

  it('has its key by name', async () => {
    keep(nowMs - 1_000, 'r', { names: { key: 'key_1' } });
    const named = await findRequest(ask, undefined, 'r', { version: '2026-01-01', models: {} }, nowMs, () => 'laptop');
    expect(named).toMatchObject({ keyName: 'laptop', request: { key: 'key_1' } });
    expect((await found('r')).keyName).toBeNull();
  });

  it('has what was captured of itself, by id and time', async () => {
    const { atMs } = keep(nowMs - 1_000, '17');
    const get = vi.fn(async () => undefined);
    const { content } = await found('17', { ...stuck, get });
    expect(get.mock.calls).toEqual([[{ requestId: '17', atMs }]]);
    expect(content).toEqual({ isCapturing: true, entry: null });
  });
});

describe('a store of content that is stuck', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('keeps no request from being shown', async () => {
    keep(nowMs - 1_000, 'r');
    const shown = found('r', stuck);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await shown).content).toEqual({ isCapturing: true, entry: null });
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    ['search', () => listContent(stuck, { fromMs: 0, toMs: 1, where: {}, search: 'x', limit: 1, before: undefined })],
    ['show', () => showContent(stuck, '1')],
    ['delete', () => deleteContent(stuck, Buffer.from('{"id":"1"}'), nowMs)],
  ])('is told of after a while: %s', async (_what, call) => {
    const answer = call().catch(({ error }) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await answer).toMatchObject({ status: 503, code: 'DASHBOARD_CONTENT_BUSY' });
  });
});

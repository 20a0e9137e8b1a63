import { type EventBatch, requestKind } from '@hotpath/runtime/telemetry';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LiveFigures } from '../../src/dashboard/contract.ts';
import { createLive, type Live } from '../../src/index.ts';

const { dimensionNames, measureNames, dimensionAt, measureAt, textNames } = requestKind;

/** Answers of 20 ms, of which the cache had every second one. */
const answers = (count: number): EventBatch => {
  const width = 2 + measureNames.length;
  const rows = new Float64Array(count * width).fill(Number.NaN);
  for (let row = 0; row < count; row += 1) {
    rows.set([0, row], row * width);
    rows[row * width + 2 + measureAt.duration] = 20_000;
    rows[row * width + 2 + measureAt.first_token] = 10_000;
  }
  const namesOf = (row: number): readonly string[] => {
    const names = dimensionNames.map(() => '');
    names[dimensionAt.outcome] = 'complete';
    names[dimensionAt.cache] = row % 2 === 0 ? 'hit' : 'miss';
    return names;
  };
  return { kind: requestKind, count, rows, texts: new Array(count * textNames.length).fill(undefined), namesOf };
};

let live: Live;
beforeEach(() => {
  vi.useFakeTimers();
  live = createLive();
});
afterEach(() => {
  live.close();
  vi.useRealTimers();
});

const nextFigures = async (): Promise<LiveFigures | undefined> => {
  let told: LiveFigures | undefined;
  const stop = live.watch({
    figures: (figures) => {
      told = figures;
    },
    request: () => {},
  });
  await vi.advanceTimersByTimeAsync(1000);
  stop();
  return told;
};

describe('figures of the last minute', () => {
  it('are there for whoever comes after the answers', async () => {
    await live.exporter.export(answers(4));
    await vi.advanceTimersByTimeAsync(2000);
    const figures = await nextFigures();
    expect(figures).toMatchObject({ requests: 0, hitRate: 0.5 });
    expect(figures?.p50).toBeCloseTo(20, 0);
    expect(figures?.firstTokenP50).toBeCloseTo(10, 0);
  });

  it('are of no more than a minute', async () => {
    await live.exporter.export(answers(4));
    await vi.advanceTimersByTimeAsync(61_000);
    expect(await nextFigures()).toMatchObject({ p50: null, p95: null, firstTokenP50: null, hitRate: null });
  });
});

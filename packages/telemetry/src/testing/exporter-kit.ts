import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Collector, createCollector } from '../collector/collector.ts';
import type { EventBatch, Exporter } from '../exporter.ts';
import { defineKind } from '../kind.ts';
import { lookupKind } from '../kinds/cache.ts';
import { requestKind } from '../kinds/request.ts';

type Mend = () => Promise<void> | void;

/** An exporter, and how the kit finds out what became of events. */
export interface ExporterUnderTest {
  readonly exporter: Exporter;
  /** The models of the requests that have arrived, in their order; of several by the same name, each. */
  arrived(): Promise<readonly string[]> | readonly string[];
  /** Makes the next batch fail, where that can be done; what it gives puts things in order again. */
  readonly fail?: () => Promise<Mend> | Mend;
  /** Ends what was made besides the exporter, which the kit closes. */
  readonly end?: () => Promise<void> | void;
}

const strangeKind = defineKind({
  name: 'strange',
  about: 'Nobody but the kit knows of it.',
  dimensions: { name: 'Which.' },
  measures: { size: { unit: 'bytes', keep: 'histogram', about: 'How large.' } },
  texts: { number: 'Its own.' },
});

const noon = 495_000 * 3_600_000;

/** Declares the tests that every `Exporter` must pass, in a vitest file. `create` is called for each test. */
export const testExporter = (name: string, create: () => Promise<ExporterUnderTest> | ExporterUnderTest): void => {
  describe(`${name} keeps the contract of Exporter`, () => {
    let under: ExporterUnderTest;
    let collector: Collector;
    const batches: EventBatch[] = [];

    beforeEach(async () => {
      under = await create();
      batches.length = 0;
      const { exporter } = under;
      const watched: Exporter = {
        name: exporter.name,
        export(batch) {
          // It may keep the rows, and change them.
          batches.push({ ...batch, rows: batch.rows.slice() });
          return exporter.export(batch);
        },
        close: () => exporter.close(),
      };
      collector = createCollector({ exporters: [watched], flushMs: 'never', flushEvents: 10 });
    });
    afterEach(async () => {
      await collector.close();
      await under.end?.();
    });

    let next = 0;
    const record = (model: string, id: string | undefined = `kit-${++next}`): void => {
      const { names, values } = collector.recorder(requestKind);
      names.fill('');
      names[requestKind.dimensionAt.model] = model;
      names[requestKind.dimensionAt.outcome] = 'complete';
      values[requestKind.measureAt.duration] = 1500;
      collector.recorder(requestKind).push(noon + next, id);
    };
    const arrived = async (): Promise<readonly string[]> => [...(await under.arrived())].sort();
    const lost = (): number => collector.lost().get(under.exporter.name) ?? 0;

    it('has a name', () => {
      expect(under.exporter.name).not.toBe('');
    });

    it('has what it has acknowledged, before it is closed', async () => {
      record('small');
      record('large');
      await collector.flush();
      expect(await arrived()).toEqual(['large', 'small']);
      expect(lost()).toBe(0);
    });

    it('takes batch after batch, with names that come later', async () => {
      const models = Array.from({ length: 95 }, (_, index) => `model-${index % 7}`);
      for (const model of models) record(model);
      await collector.flush();
      record('late');
      await collector.flush();
      expect(await arrived()).toEqual([...models, 'late'].sort());
      expect(batches.length).toBeGreaterThan(9);
    });

    it('takes events with no figures, no texts and names of any text', async () => {
      const odd = 'a "quoted" \\ name\nof two lines {}, é 通义 \u0000';
      record(odd);
      const requests = collector.recorder(requestKind);
      requests.names.fill('');
      requests.names[requestKind.dimensionAt.model] = 'bare';
      requests.push(noon);
      await collector.flush();
      expect(await arrived()).toEqual([odd, 'bare'].sort());
      expect(lost()).toBe(0);
    });

    it('takes what is only counted', async () => {
      const lookups = collector.recorder(lookupKind);
      for (const outcome of ['hit', 'hit', 'miss']) {
        lookups.names[lookupKind.dimensionAt.cache] = 'answers';
        lookups.names[lookupKind.dimensionAt.outcome] = outcome;
        lookups.names[lookupKind.dimensionAt.tier] = '';
        lookups.push(noon);
      }
      await collector.flush();
      expect(lost()).toBe(0);
    });

    it('goes on after a kind that it may know nothing of', async () => {
      const strange = collector.recorder(strangeKind);
      strange.names[0] = 'x';
      strange.push(noon, 'one');
      await collector.flush();
      record('small');
      await collector.flush();
      expect(await arrived()).toEqual(['small']);
    });

    it('throws nothing but rejects, and goes on, after what fails', async (context) => {
      if (under.fail === undefined) return context.skip('it cannot be made to fail');
      const mend = await under.fail();
      record('gone');
      await expect(collector.flush()).resolves.toBeUndefined();
      expect(lost()).toBe(1);
      await mend();
      record('small');
      await collector.flush();
      expect(await arrived()).toEqual(['small']);
    });

    it('closes twice at once and once more, with all that came before', async () => {
      record('small');
      await collector.flush();
      await Promise.all([under.exporter.close(), under.exporter.close()]);
      await under.exporter.close();
      expect(await arrived()).toEqual(['small']);
    });

    it('rejects what comes after it is closed', async () => {
      record('small');
      await collector.flush();
      await under.exporter.close();
      await expect((async () => under.exporter.export(batches[0] as EventBatch))()).rejects.toThrow();
    });
  });
};

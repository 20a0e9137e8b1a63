import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchApi, BatchResult, BatchSubmission, SoughtSubmission } from '../economy/batch-api.ts';
import { formats } from '../formats/index.ts';
import type { Provider } from '../provider.ts';

export interface BatchApiKitOptions {
  /** Makes a provider with a batch API; called once. */
  readonly create: () => Provider | Promise<Provider>;
  /** A model that answers any question with text, in a batch too. */
  readonly model: string;
  /** Makes the batches under way end, where they do not by themselves. */
  readonly finish?: () => void | Promise<void>;
  /** Stops whatever `create` started. */
  readonly dispose?: () => Promise<void>;
}

/** The behaviour that every batch API shares, in every protocol it takes. Needs vitest. */
export function testBatchApi(name: string, options: BatchApiKitOptions): void {
  describe(`batch API of ${name}`, () => {
    const { signal } = new AbortController();
    let provider: Provider;
    let api: BatchApi;
    beforeAll(async () => {
      provider = await options.create();
      if (!provider.batches) throw new Error('the provider has no batch API');
      api = provider.batches;
    });
    afterAll(async () => {
      await provider.close();
      await options.dispose?.();
    });

    const submission = (count: number): BatchSubmission => {
      const protocol = api.protocols[0] ?? 'openai-chat';
      const bodyOf = (index: number): string =>
        JSON.stringify(
          formats[protocol].encodeRequest({
            model: options.model,
            messages: [{ role: 'user', content: [{ type: 'text', text: `Say ${index}.` }] }],
            maxTokens: 64,
            stream: false,
          }),
        );
      const items = Array.from({ length: count }, (_, index) => ({ customId: randomUUID(), body: bodyOf(index) }));
      return { id: randomUUID(), protocol, headers: {}, items };
    };
    const sought = ({ id, protocol, items }: BatchSubmission): SoughtSubmission => ({
      id,
      protocol,
      headers: {},
      customIds: new Set(items.map(({ customId }) => customId)),
      sentAt: Date.now(),
      isKnown: () => false,
    });
    const ended = async (batchId: string): Promise<void> => {
      await options.finish?.();
      await expect.poll(async () => (await api.status(batchId, signal)).state, { timeout: 30_000 }).toBe('ended');
    };

    it('says what fits in a batch', () => {
      expect(api.protocols.length).toBeGreaterThan(0);
      expect(api.maxRequests).toBeGreaterThan(0);
      expect(api.maxBytes).toBeGreaterThan(0);
      expect(api.account).not.toBe('');
    });

    it('answers every request of a batch once, under its own id', async () => {
      const asked = submission(3);
      const batchId = await api.submit(asked, signal);
      await ended(batchId);
      const results: BatchResult[] = [];
      await api.results(batchId, (result) => results.push(result), signal);
      expect(results.map(({ customId }) => customId).sort()).toEqual(
        asked.items.map(({ customId }) => customId).sort(),
      );
      for (const result of results) {
        expect(result.outcome).toBe('answered');
        const body = JSON.parse(result.outcome === 'answered' ? result.body : '{}');
        expect(formats[asked.protocol].summarise(body)).toMatchObject({ outcome: 'complete' });
      }
    });

    it('finds what was submitted, and nothing else', async () => {
      const asked = submission(2);
      const batchId = await api.submit(asked, signal);
      await ended(batchId);
      expect(await api.find(sought(asked), signal)).toEqual({ batchId });
      expect(await api.find(sought(submission(2)), signal)).toBe('none');
    });

    it('knows nothing of a batch that is not there', async () => {
      expect(await api.status('batch_nobody_made', signal)).toMatchObject({ state: 'gone' });
    });

    it('cancels', async () => {
      const batchId = await api.submit(submission(1), signal);
      await api.cancel(batchId, signal);
      await expect.poll(async () => (await api.status(batchId, signal)).state, { timeout: 30_000 }).toBe('ended');
    });

    it('gives up when it is told to', async () => {
      const gone = AbortSignal.abort(new Error('enough'));
      await expect(api.submit(submission(1), gone)).rejects.toThrow('enough');
    });
  });
}

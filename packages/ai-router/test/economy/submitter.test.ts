import { describe, expect, it } from 'vitest';
import type { BatchApi } from '../../src/economy/batch-api.ts';
import type { Journal, QueuedBody } from '../../src/economy/journal.ts';
import { economySettings } from '../../src/economy/options.ts';
import { createSubmitter, type SubmitterOptions } from '../../src/economy/submitter.ts';
import { laneClock } from './support/lane-clock.ts';

const kind = { provider: 'p', scope: '', protocol: 'anthropic-messages', headers: {} } as const;
const asked: QueuedBody[] = [{ customId: 'one', body: '{}', destination: '{}' }];

/** A submitter over a provider that takes everything. */
function set(bodiesOf: Journal['bodiesOf'], prepare?: SubmitterOptions['prepare']) {
  const sent: unknown[] = [];
  const told: string[] = [];
  const errors: unknown[] = [];
  const clock = laneClock();
  const api = {
    account: 'a',
    submit: async ({ items }) => {
      sent.push(items);
      return 'batch';
    },
    find: async () => 'none',
  } satisfies Partial<BatchApi> as unknown as BatchApi;
  const journal = {
    bodiesOf,
    submit: (_: unknown, jobs: readonly string[]) => jobs,
    submitted: () => {},
    jobsOf: () => [{ id: 'one', state: 'submitting' }],
    isKnownBatch: () => false,
    resubmit: () => true,
  } satisfies Partial<Record<keyof Journal, unknown>> as unknown as Journal;
  const submitter = createSubmitter({
    journal,
    settings: { ...economySettings({ journalPath: '' }), clock },
    apiOf: () => api,
    signal: new AbortController().signal,
    prepare,
    onSubmitted: () => void told.push('submitted'),
    onRefused: () => void told.push('refused'),
    onError: (error) => void errors.push(error),
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    for (let steps = 0; steps < 50 && !isSo(); steps += 1) {
      await new Promise(setImmediate);
      if (steps % 5 === 4) clock.next();
    }
  };
  return { submitter, sent, told, errors, until };
}

describe('a submission', () => {
  it('goes out as it was asked where it cannot be prepared', async () => {
    const fault = new Error('no marks');
    const { submitter, sent, told, errors, until } = set(
      () => asked,
      () => Promise.reject(fault),
    );
    submitter.submit(kind, ['one']);
    await until(() => told.length > 0);
    expect(sent).toEqual([asked]);
    expect(errors).toEqual([fault]);
  });

  it('goes out once the journal can be read again', async () => {
    let reads = 0;
    const { submitter, sent, errors, until } = set(() => {
      reads += 1;
      if (reads === 1) throw new Error('it is busy');
      return asked;
    });
    submitter.submit(kind, ['one']);
    await until(() => sent.length > 0);
    expect(sent).toEqual([asked]);
    expect(errors).toHaveLength(1);
  });

  it('does not go out empty where all were asked live meanwhile', async () => {
    const { submitter, sent, told, until } = set(() => []);
    submitter.submit(kind, ['one']);
    await until(() => told.length > 0);
    expect(sent).toEqual([]);
    expect(told).toEqual(['refused']);
  });
});

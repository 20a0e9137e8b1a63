import type { AnswerShelf } from '../answer-shelf.ts';
import { formats } from '../formats/index.ts';
import { parseObject } from '../formats/json.ts';
import type { BatchPlanner } from '../prompt-cache/batch-planner.ts';
import type { SavingsLedger } from '../savings.ts';
import { toldOf } from '../told-answer.ts';
import type { Usage } from '../wire-format.ts';
import { readAnswer } from './boarding.ts';
import type { Job } from './journal.ts';
import type { Destination } from './request.ts';

export interface ArrivalOptions {
  readonly shelf: AnswerShelf | undefined;
  readonly savings: SavingsLedger;
  readonly planner: BatchPlanner | undefined;
  /** What an answer of a batch cost, US dollars. */
  readonly costOf: (model: string, usage: Usage, provider: string) => number | undefined;
}

/** What becomes of answers of batches, whoever waits for them. */
export function createArrivals({ shelf, savings, planner, costOf }: ArrivalOptions) {
  const destinationOf = ({ destination }: Job): Destination => JSON.parse(destination) as Destination;

  return {
    onPaid(job: Job, answer: string): void {
      const body = parseObject(answer);
      const usage = body && formats[job.protocol].summarise(body).usage;
      if (!usage) return;
      const { tenant } = destinationOf(job);
      const { provider, model, submission } = job;
      savings.record({ tenant, provider, model, usage, source: 'provider', batch: true });
      if (submission !== undefined) planner?.learn(submission, provider, model, usage);
    },
    /** Nobody waits: whoever asks the same next finds it. */
    onUnattended(job: Job, answer: string): void {
      const destination = destinationOf(job);
      const { storeKey } = destination;
      const whole = storeKey === undefined || !shelf ? undefined : readAnswer(answer, job.protocol, destination);
      if (storeKey === undefined || !shelf || !whole) return;
      const { usage } = whole.summary;
      shelf.set(storeKey, {
        contentType: whole.contentType,
        provider: job.provider,
        model: job.model,
        ...toldOf(whole.summary),
        body: whole.body,
        costUsd: usage && costOf(job.model, usage, job.provider),
        loadMs: 0,
        origin: 'load',
      });
    },
  };
}

import type { BatchPlanner } from '../prompt-cache/batch-planner.ts';
import type { Destination } from './request.ts';
import type { SubmitterOptions } from './submitter.ts';

/**
 * Marks what requests to Anthropic share as they go out. Nothing of it is written down: the journal keeps what was asked,
 * and what is found again after a crash is known by its size and its ids, which marks do not change.
 */
export const markedBodies =
  (planner: BatchPlanner): NonNullable<SubmitterOptions['prepare']> =>
  async ({ id, provider, protocol }, asked) => {
    if (protocol !== 'anthropic-messages') return asked;
    const requests = asked.map(({ body, destination }) => {
      const { tenant } = JSON.parse(destination) as Destination;
      return { body, tenant };
    });
    const bodies = await planner.mark(id, provider, requests);
    return asked.map(({ customId, body }, index) => ({ customId, body: bodies[index] ?? body }));
  };

import type { RunEvent, RunOutcome } from '@hotpath/runtime/workflows';
import { describeError } from '../errors.ts';
import { roundMs, roundUsd } from '../figures.ts';

const withFigures = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => {
  const { atMs, durationMs, waitedMs, costUsd, error, ...others } = fields;
  return {
    ...others,
    ...(typeof atMs === 'number' && { atMs: Math.round(atMs) }),
    ...(typeof durationMs === 'number' && { durationMs: roundMs(durationMs) }),
    ...(typeof waitedMs === 'number' && { waitedMs: roundMs(waitedMs) }),
    ...(typeof costUsd === 'number' && { costUsd: roundUsd(costUsd) }),
    ...(error !== undefined && { error: describeError(error) }),
  };
};

/** An event as a line of JSON. */
export const eventLine = (event: RunEvent): string => `${JSON.stringify(withFigures({ ...event }))}\n`;

/** The last line: what the run came to. */
export const outcomeLine = (outcome: RunOutcome): string =>
  `${JSON.stringify({
    type: 'outcome',
    ...withFigures({ ...outcome, steps: outcome.steps.map((step) => withFigures({ ...step })) }),
  })}\n`;

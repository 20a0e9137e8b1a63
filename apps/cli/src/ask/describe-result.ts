import type { QueryResult } from '@hotpath/runtime';
import { showUsd } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import { styledError } from '../terminal.ts';

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const cost = (costUsd: number | undefined, estimatedUsd: number | undefined): readonly string[] => [
  costUsd === undefined ? 'cost unknown' : showUsd(costUsd),
  ...(estimatedUsd === undefined ? [] : [`${showUsd(estimatedUsd)} of it estimated`]),
];

/** What answered, how fast, from where and at what cost, in one line. */
export const describeResult = (result: QueryResult, conversation: string | undefined): string => {
  const { provider, model, cache, lane, latencyMs, firstTokenMs, usage, costUsd, estimatedUsd, finishReason } = result;
  const parts = [
    `${provider}/${model}`,
    `cache ${cache}`,
    ...(lane === undefined ? [] : [`lane ${lane}`]),
    ...(firstTokenMs === undefined ? [] : [`first token ${milliseconds(firstTokenMs)}`]),
    `total ${milliseconds(latencyMs)}`,
    ...(usage === undefined ? [] : [`${usage.inputTokens} tokens in, ${usage.outputTokens} out`]),
    ...cost(costUsd, estimatedUsd),
    finishReason,
    ...(conversation === undefined ? [] : [`conversation ${conversation}`]),
  ];
  return styledError('dim', oneLine(parts.join(' · ')));
};

/** The same of an answer that did not become whole. */
export const describeFailure = (error: unknown, conversation: string | undefined): string => {
  const { code, costUsd, estimatedUsd } = error as {
    readonly code?: string;
    readonly costUsd?: number;
    readonly estimatedUsd?: number;
  };
  const parts = [
    code === 'ROUTER_ABORTED' ? 'interrupted' : 'failed',
    ...cost(costUsd, estimatedUsd),
    ...(conversation === undefined ? [] : [`conversation ${conversation}`]),
  ];
  return styledError('dim', parts.join(' · '));
};

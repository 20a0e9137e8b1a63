import type { QueryResult } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { chooseModel } from '../models-to-choose.ts';
import { howToSetUp } from '../simulated.ts';
import { readStandardInput } from '../standard-input.ts';
import { note, styledError, warn, writeOut } from '../terminal.ts';

const simulatedNote = `this answer is simulated, because no provider is set up. ${howToSetUp}`;

const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;

const describe = (result: QueryResult): string => {
  const { provider, model, cache, lane, latencyMs, firstTokenMs, usage, costUsd, estimatedUsd, finishReason } = result;
  const parts = [
    `${provider}/${model}`,
    `cache ${cache}`,
    ...(lane === undefined ? [] : [`lane ${lane}`]),
    ...(firstTokenMs === undefined ? [] : [`first token ${milliseconds(firstTokenMs)}`]),
    `total ${milliseconds(latencyMs)}`,
    ...(usage === undefined ? [] : [`${usage.inputTokens} tokens in, ${usage.outputTokens} out`]),
    costUsd === undefined ? 'cost unknown' : `$${costUsd.toFixed(6)}`,
    ...(estimatedUsd === undefined ? [] : [`$${estimatedUsd.toFixed(6)} of it estimated`]),
    finishReason,
  ];
  return styledError('dim', parts.join(' · '));
};

/** The arguments and then what was piped in, which may be long and belongs below the instruction. */
const joinPrompt = (positionals: readonly string[], piped: string): string =>
  [positionals.join(' '), piped.trimEnd()].filter((text) => text.trim() !== '').join('\n\n');

export const ask = defineCommand({
  name: 'ask',
  summary: 'Ask a model and stream its answer',
  argument: '"<prompt>"',
  description:
    'Works without a running server. Text piped in is added below the prompt. Answers come from the cache where the\nsame was asked before.',
  flags: {
    model: {
      type: 'string',
      short: 'm',
      value: 'provider/model',
      description: 'Model to ask (default: HOTPATH_MODEL, then defaultModel of the configuration)',
    },
    system: { type: 'string', short: 's', description: 'System prompt' },
    json: { type: 'boolean', description: 'Print one JSON object instead of the text' },
    'no-cache': { type: 'boolean', description: 'Neither read nor write the cache' },
    'max-tokens': {
      type: 'number',
      integer: true,
      between: [1, Number.POSITIVE_INFINITY],
      description: 'Longest answer, in tokens',
    },
    deadline: {
      type: 'string',
      value: 'duration',
      description: 'How long the answer may take, such as 6h: half the price where the provider has batches',
    },
    temperature: {
      type: 'number',
      between: [0, 2],
      description: 'From 0 to 2; above 0 nothing is cached, unless cache.temperature of the configuration says so',
    },
    verbose: {
      type: 'boolean',
      short: 'v',
      description: 'Say on standard error what answered, how fast, from which cache and at what cost',
    },
    config: configFlag,
  },
  examples: [
    'hotpath ask "Why is the sky blue?"',
    'hotpath ask -m openai/gpt-4.1-mini -s "Answer in one sentence." "What is a monad?"',
    'git diff | hotpath ask "Write a commit message for this"',
    'hotpath ask --deadline 6h "Review these notes" < notes.md',
    'hotpath ask --json "Name three colours" | jq -r .text',
  ],
  async run({ flags, positionals, signal }) {
    const runtime = import('@hotpath/runtime');
    const prompt = joinPrompt(positionals, await readStandardInput(signal));
    if (signal.aborted) return 1;
    if (prompt === '') throw usageError('There is nothing to ask. Give a prompt, or pipe one in.', 'ask');
    const { createHotpath, parseDuration } = await runtime;
    const { deadline } = flags;
    // A number alone could be seconds as well as milliseconds.
    const deadlineMs =
      deadline === undefined || Number.isFinite(Number(deadline)) ? undefined : parseDuration(deadline);
    if (deadline !== undefined && deadlineMs === undefined) {
      throw usageError(`--deadline must be a duration such as 30m or 6h, not "${deadline}".`, 'ask');
    }
    const hotpath = await createHotpath(undefined, { configFile: flags.config, warmCache: false });
    try {
      if (flags.verbose) for (const { message } of hotpath.warnings) warn(message);
      const { system, temperature, 'max-tokens': maxTokens } = flags;
      const answer = hotpath.router.stream({
        prompt,
        model: flags.model ?? (await chooseModel(hotpath)),
        signal,
        cache: flags['no-cache'] ? 'off' : 'use',
        ...(system !== undefined && { system }),
        ...(deadlineMs !== undefined && { deadlineMs }),
        ...(temperature !== undefined && { temperature }),
        ...(maxTokens !== undefined && { maxTokens }),
      });
      if (deadlineMs !== undefined && flags.verbose)
        note('Waiting for a batch. Ctrl-C leaves what was submitted: ask the same again.');
      let last = '';
      try {
        for await (const text of answer) {
          last = text;
          if (!flags.json) await writeOut(text);
        }
      } finally {
        if (!flags.json && last !== '' && !last.endsWith('\n')) await writeOut('\n');
      }
      const result = await answer.result;
      if (flags.json) await writeOut(`${JSON.stringify(result)}\n`);
      if (hotpath.simulated) warn(simulatedNote);
      if (result.finishReason === 'length')
        warn('the answer ends early: it reached the limit of tokens (--max-tokens).');
      if (flags.verbose) note(describe(result));
      return 0;
    } finally {
      await hotpath.close();
    }
  },
});

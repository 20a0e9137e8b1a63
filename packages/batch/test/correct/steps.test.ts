import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createCorrector } from '../../src/correct/corrector.ts';
import { mayApplyAlone } from '../../src/correct/destructive.ts';
import type { Correction, Failure } from '../../src/correct/failure.ts';
import { createWorld } from '../../src/correct/world.ts';
import { readFamily } from './support/catalogue.ts';
import { createSandbox } from './support/sandbox.ts';

interface StepCase {
  readonly id: string;
  readonly failure: Failure;
  readonly setup?: { readonly files: Readonly<Record<string, string>> };
  readonly why?: string;
  readonly expect?: {
    readonly json?: unknown;
    readonly contains?: string;
    readonly without?: string;
    readonly pointer?: string;
    readonly value?: string;
    readonly text?: string;
  };
}

const suggest = async (
  item: StepCase,
): Promise<{ failure: Failure; corrections: readonly Correction[]; edited?: string }> => {
  await using sandbox = await createSandbox(item.setup);
  const failure = { ...item.failure, ...(item.failure.kind === 'file' && { cwd: sandbox.folder }) } as Failure;
  const corrections = await createCorrector({ world: createWorld() }).suggest(failure);
  const best = corrections[0];
  if (failure.kind !== 'file' || !best) return { failure, corrections };
  const step = { ...failure, ...best.change };
  const text = readFileSync(join(sandbox.folder, step.path), 'utf8');
  const parts = text.split(step.find);
  // An edit is done when its text is there once.
  return { failure, corrections, ...(parts.length === 2 && { edited: parts.join(step.replace) }) };
};

describe('steps that are no command lines', () => {
  for (const item of readFamily<StepCase>('steps'))
    it(`${item.id}: ${item.failure.kind}`, async () => {
      const { failure, corrections, edited } = await suggest(item);
      const best = corrections[0];
      const wanted = item.expect ?? {};
      expect(best).toBeDefined();
      if ('json' in wanted) expect(JSON.parse(best?.change.text ?? '')).toEqual(wanted.json);
      if (wanted.pointer) expect(best?.change).toEqual({ pointer: wanted.pointer });
      if (wanted.text) expect(best?.change).toEqual({ text: wanted.text });
      if (wanted.value && failure.kind === 'name') expect(best?.change).toEqual({ [failure.field]: wanted.value });
      if (wanted.contains) expect(edited).toContain(wanted.contains);
      if (wanted.without) expect(edited).not.toContain(wanted.without);
    });

  for (const item of readFamily<StepCase>('unfixable-steps'))
    it(`leaves ${item.id}: ${item.why}`, async () => {
      const { failure, corrections } = await suggest(item);
      expect(corrections.filter((correction) => mayApplyAlone(failure, correction))).toEqual([]);
    });
});

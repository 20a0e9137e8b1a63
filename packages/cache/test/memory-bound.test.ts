import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const maxBytes = 16 * 1024 * 1024;

interface Filled {
  /** Heap and external memory that the full store added, after a full collection. */
  readonly retained: number;
  readonly bytes: number;
}

/** Fills a store beyond `maxBytes` in a process of its own. */
const fill = async (plan: string): Promise<Filled> => {
  const script = fileURLToPath(new URL('./children/memory-fill.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script, `${maxBytes}`, plan]);
  return JSON.parse(stdout);
};

describe('maxBytes', () => {
  it.concurrent.each([
    'memory: short texts',
    'memory: two-byte texts',
    'memory: small numbers',
    'memory: model answers',
    'memory: parsed rows',
    'memory: rows of a driver',
    'memory: large dictionaries',
    'memory: arrays of integers',
    'memory: embeddings',
    'memory: bytes',
    'memory: maps and sets and dates',
    'memory: mixed',
    'memory: small numbers, large texts',
    'memory of at most 60,000 entries: parsed rows',
    'buffer: bytes',
  ])('is what the process retains, within a tenth, for %s', { timeout: 30_000 }, async (plan) => {
    const { retained, bytes } = await fill(plan);
    expect(bytes).toBeLessThanOrEqual(maxBytes);
    expect(retained / maxBytes).toBeGreaterThan(0.9);
    expect(retained / maxBytes).toBeLessThan(1.1);
  });
});

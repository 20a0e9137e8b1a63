import { expect, it } from 'vitest';
import { createAnswerFuzzer, createRequestFuzzer, type Finding } from './support/fuzz.ts';
import { seeded } from './support/storm.ts';

// A second of each; `npm run soak` goes on for minutes.
it.each([
  ['requests', createRequestFuzzer],
  ['answers', createAnswerFuzzer],
] as const)(
  '%s of which something is wrong meet neither a crash, a hang nor a silent failure',
  async (_name, create) => {
    await using fuzzer = await create();
    const random = seeded(20_261_121);
    const findings: Finding[] = [];
    const until = performance.now() + 1_000;
    let tries = 0;
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        while (performance.now() < until) {
          const finding = await fuzzer.once(random);
          if (finding) findings.push(finding);
          tries += 1;
        }
      }),
    );
    // Most of them come through to where there is something to go wrong.
    expect(tries).toBeGreaterThan(30);
    expect(fuzzer.statuses.get(200) ?? 0).toBeGreaterThan(5);
    expect(findings.slice(0, 3)).toEqual([]);
    // No body's `__proto__` became everybody's.
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
);

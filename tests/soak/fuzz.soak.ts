import { expect, it } from 'vitest';
import { createAnswerFuzzer, createRequestFuzzer, type Finding } from '../e2e/faults/support/fuzz.ts';
import { seeded } from '../e2e/faults/support/storm.ts';

const minutes = Number(process.env.SOAK_MINUTES ?? 10);
const seed = Number(process.env.SOAK_SEED ?? Date.now() % 2 ** 31);

// Half of the time for requests, half for answers.
it.each([
  ['requests', createRequestFuzzer],
  ['answers', createAnswerFuzzer],
] as const)(
  '%s of which something is wrong meet neither a crash, a hang nor a silent failure',
  async (name, create) => {
    await using fuzzer = await create();
    const random = seeded(seed);
    const findings: Finding[] = [];
    const until = performance.now() + minutes * 30_000;
    let tries = 0;
    await Promise.all(
      Array.from({ length: 48 }, async () => {
        while (performance.now() < until && findings.length < 20) {
          const finding = await fuzzer.once(random);
          if (finding) findings.push(finding);
          tries += 1;
        }
      }),
    );
    const statuses = [...fuzzer.statuses].sort(([one], [other]) => one - other);
    console.log(
      `SOAK_SEED=${seed}: ${tries} ${name}, ${statuses.map(([status, count]) => `${status}: ${count}`).join(', ')}`,
    );
    expect(findings).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
  },
  (minutes + 2) * 60_000,
);

import { describe, expect, it, vi } from 'vitest';
import { ask, type Seen } from './support/ask.ts';
import { models, type Protocol, type Rig, startRig } from './support/rig.ts';
import { type Judgement, judge, type Observation } from './support/verdict.ts';
import { type FaultRow, faultTable, type Trial } from './table.ts';

// A cell mostly waits.
vi.setConfig({ maxConcurrency: 24 });

const protocols = ['openai', 'anthropic'] as const;
const otherOf = { openai: 'anthropic', anthropic: 'openai' } as const;

const answersAsked = (requests: Rig['primary']['requests']) => requests.filter(({ method }) => method === 'POST');

/** Calls that the gateway believes to be under way. */
const inFlight = ({ hotpath }: Rig): number =>
  hotpath.router.health().reduce((sum, { inFlight: calls }) => sum + calls, 0);

/** Sends one request into a fault and one after it is over, and judges both. */
async function tryOut(row: FaultRow, trial: Trial, protocol: Protocol, stream: boolean, fallback?: Protocol) {
  await using rig = await startRig({ primary: protocol, fallback, ...row.rig });
  rig.primary.inject(trial.fault, trial.times === undefined ? {} : { times: trial.times });
  const seen = await ask(rig.url, { protocol, stream });
  const [primary, other] = rig.upstreams.map(({ requests }) => [...answersAsked(requests)]);
  await Promise.all(rig.upstreams.map((upstream) => upstream.waitFor(({ active }) => active === 0).catch(() => {})));
  const leftOpen = rig.primary.active + rig.fallback.active + inFlight(rig);
  rig.primary.heal();
  const after = await ask(rig.url, { protocol, stream });
  return judge(observe({ seen, after, leftOpen, fallback }, primary, other), row.ideal ?? 'answer', trial.checks ?? []);
}

const observe = (
  { seen, after, leftOpen, fallback }: { seen: Seen; after: Seen; leftOpen: number; fallback: Protocol | undefined },
  primary: Observation['primary'] = [],
  other: Observation['fallback'] = [],
): Observation => ({
  seen,
  primary,
  fallback: other,
  hasFallback: fallback !== undefined,
  fallbackModel: fallback ? models.fallback[fallback] : '',
  isAlive: after.outcome === 'answer' && after.text.length > 0,
  leftOpen,
});

const told = ({ verdict, reasons }: Judgement): string => [verdict, ...reasons].join('\n');

describe.concurrent.each(faultTable.filter(({ isSequence }) => !isSequence))('$id $title', (row) => {
  for (const protocol of protocols) {
    for (const [form, trial] of Object.entries({ stream: row.stream, whole: row.whole })) {
      if (!trial) continue;
      const stream = form === 'stream';
      const name = protocol === 'openai' ? 'chat completions' : 'messages';
      it(`${name}, ${stream ? 'streamed' : 'whole'}, alone: ${trial.alone}`, async () => {
        expect(told(await tryOut(row, trial, protocol, stream))).toMatch(new RegExp(`^${trial.alone}\\b`));
      });
      for (const fallback of [protocol, otherOf[protocol]]) {
        it(`${name}, ${stream ? 'streamed' : 'whole'}, with a fallback on ${fallback}: ${trial.fallback}`, async () => {
          expect(told(await tryOut(row, trial, protocol, stream, fallback))).toMatch(
            new RegExp(`^${trial.fallback}\\b`),
          );
        });
      }
    }
  }
});

import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
// @boundaries-ignore the view is measured as the command draws it
import { listTargets } from '../../../apps/cli/src/monitor/targets.ts';
// @boundaries-ignore the view is measured as the command draws it
import {
  showAmount,
  showDollars,
  showLatency,
  showRate,
  showShare,
  showSize,
} from '../../../apps/cli/src/monitor/words.ts';
import { answerParent } from '../../harness/child.ts';
import { type FrameJob, type FrameResult, megabytes, threadCpuMs, warmUpFrames } from './frame-job.ts';
import { createSamples, type GatewayContent } from './samples.ts';

type Element = unknown;
type Make = (type: unknown, props: object | null, ...children: readonly Element[]) => Element;

interface Ink {
  readonly Box: unknown;
  readonly Text: unknown;
  render(tree: Element, options: object): { rerender(tree: Element): void; unmount(): void };
}

const percentiles = ['p50', 'p95', 'p99'] as const;

/** The same panels with the same figures, as a program on ink would have them. */
const treeOf = ({ Box, Text }: Ink, make: Make, columns: number, rows: number) => {
  const text = (key: string, color: string | undefined, content: string): Element =>
    make(Text, { key, color, wrap: 'truncate' }, content);
  const line = (key: string, ...pieces: readonly (readonly [color: string | undefined, content: string])[]): Element =>
    make(
      Box,
      { key },
      pieces.map(([color, content], index) => text(`${index}`, color, content)),
    );
  const panel = (key: string, title: string, height: number, lines: readonly Element[]): Element =>
    make(
      Box,
      {
        key,
        borderStyle: 'round',
        borderColor: 'gray',
        flexDirection: 'column',
        flexGrow: 1,
        flexBasis: 0,
        height,
        paddingX: 1,
        overflow: 'hidden',
      },
      [make(Text, { key: 'title', bold: true }, title), ...lines],
    );
  const cell = (key: string, width: number | undefined, color: string | undefined, content: string): Element =>
    make(Box, { key, width, flexGrow: width === undefined ? 1 : 0, marginRight: 1 }, text('text', color, content));

  return ({ view, rates }: GatewayContent): Element => {
    const { requests, tokens, costUsd, savedUsd, process: its } = view;
    const most = Math.max(1, ...rates.map((rate) => rate ?? 0));
    const bars = rates
      .slice(-36)
      .map((rate) => '▁▂▃▄▅▆▇█'[Math.min(7, Math.round(((rate ?? 0) / most) * 7))])
      .join('');
    return make(Box, { flexDirection: 'column', width: columns, height: rows }, [
      line('header', ['cyan', 'hotpath monitor '], [undefined, view.url], ['green', ' live '], ['gray', view.at]),
      make(Box, { key: 'top' }, [
        panel('requests', 'Requests', 11, [
          line(
            'now',
            [undefined, showRate(requests.perSecond)],
            ['gray', ' in flight '],
            [undefined, showAmount(requests.inFlight)],
            ['gray', ' errors '],
            ['red', showRate(requests.failedPerSecond)],
          ),
          ...Array.from({ length: 7 }, (_, row) => text(`bars${row}`, 'cyan', bars)),
        ]),
        panel('latency', 'Latency', 11, [
          line(
            'first',
            ['gray', 'first byte '],
            ...percentiles.map(
              (name) => [undefined, showLatency(view.firstByteMs?.[name] ?? null).padStart(8)] as const,
            ),
          ),
          line(
            'whole',
            ['gray', 'to the end '],
            ...percentiles.map(
              (name) => [undefined, showLatency(view.durationMs?.[name] ?? null).padStart(8)] as const,
            ),
          ),
        ]),
        panel('process', 'Process', 11, [
          line('cpu', ['gray', 'CPU '], [undefined, showShare(its.cpuShare)]),
          line('memory', ['gray', 'memory '], [undefined, showSize(its.residentBytes)]),
          line('heap', ['gray', 'heap '], [undefined, showSize(its.heapBytes)]),
          line('lag', ['gray', 'lag '], [undefined, showLatency(its.eventLoopLagMs)]),
        ]),
      ]),
      make(Box, { key: 'middle' }, [
        panel('money', 'Tokens and cost', 10, [
          line(
            'in',
            ['gray', 'tokens in '],
            [undefined, showRate(tokens.inPerSecond)],
            ['gray', showAmount(tokens.in)],
          ),
          line(
            'out',
            ['gray', 'tokens out '],
            [undefined, showRate(tokens.outPerSecond)],
            ['gray', showAmount(tokens.out)],
          ),
          line(
            'cost',
            ['gray', 'cost '],
            [undefined, showDollars(costUsd.total)],
            ['gray', showDollars(costUsd.perHour)],
          ),
          line('saved', ['gray', 'saved '], ['green', showDollars(savedUsd.total)]),
        ]),
        panel(
          'cache',
          'Cache',
          10,
          view.tiers.map((tier) =>
            make(Box, { key: tier.name }, [
              cell('name', undefined, undefined, tier.name),
              cell('hits', 5, 'green', showShare(tier.hitShare)),
              cell('held', 6, undefined, showAmount(tier.entries)),
              cell('size', 9, undefined, showSize(tier.bytes)),
            ]),
          ),
        ),
        panel(
          'batches',
          'Batches',
          10,
          Object.entries(view.batches ?? {}).map(([state, count]) =>
            line(state, ['gray', state], [undefined, ` ${count}`]),
          ),
        ),
      ]),
      panel(
        'models',
        'Models',
        rows - 23,
        listTargets(view.targets, { sort: 'calls', filter: '' })
          .slice(0, rows - 26)
          .map((target) =>
            make(Box, { key: `${target.provider}/${target.model}` }, [
              cell('provider', 12, 'blue', target.provider),
              cell('model', undefined, undefined, target.model),
              cell('calls', 8, undefined, showRate(target.callsPerSecond)),
              cell('errors', 6, 'red', showShare(target.errorShare)),
              cell('breaker', 9, 'green', target.breaker),
              cell('flight', 9, undefined, showAmount(target.inFlight)),
              cell('cost', 9, undefined, showDollars(target.costUsd)),
            ]),
          ),
      ),
      text('footer', 'gray', 'q quit  p pause  tab panel  s sort  / filter  ? help'),
    ]);
  };
};

await answerParent<FrameJob>(async ({ columns, rows, frames, packages }): Promise<FrameResult> => {
  process.env.NODE_ENV = 'production';
  const load = (path: string) => import(pathToFileURL(`${packages}/${path}`).href);
  const [ink, { default: react }] = (await Promise.all([load('ink/build/index.js'), load('react/index.js')])) as [
    Ink,
    { default: { createElement: Make } },
  ];
  let bytes = 0;
  let wroteAt = 0;
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      bytes += Buffer.byteLength(chunk);
      wroteAt = performance.now();
      done();
    },
  });
  Object.assign(stdout, { columns, rows: rows + 1, isTTY: true });
  const tree = treeOf(ink, react.createElement, columns, rows);
  const next = createSamples(24);
  const app = ink.render(tree(next()), { stdout, patchConsole: false, exitOnCtrlC: false, maxFps: 10_000 });
  const frameMs: number[] = [];
  const cpuMs: number[] = [];
  for (let frame = 0; frame < warmUpFrames + frames; frame += 1) {
    const content = next();
    // Past whatever it throttles by.
    await new Promise((resolve) => setTimeout(resolve, 2));
    const cpuBefore = threadCpuMs();
    const startedAt = performance.now();
    wroteAt = 0;
    app.rerender(tree(content));
    while (wroteAt === 0) await new Promise((resolve) => setImmediate(resolve));
    if (frame < warmUpFrames) bytes = 0;
    else {
      frameMs.push(wroteAt - startedAt);
      cpuMs.push(threadCpuMs() - cpuBefore);
    }
  }
  return { frameMs, cpuMs, bytesPerFrame: bytes / frames, rssMb: megabytes(process.memoryUsage().rss) };
});

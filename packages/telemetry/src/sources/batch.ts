import type { Collector } from '../collector/collector.ts';
import { runKind, stepKind } from '../kinds/batch.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listenOnChannels } from './listen.ts';
import { queryRecorder } from './queries.ts';

interface OfRun {
  readonly run: string;
  readonly atMs: number;
}
interface OfStep extends OfRun {
  readonly step: string;
  readonly attempt: number;
}
interface TakenBack {
  readonly name: string;
  readonly steps: readonly string[];
  readonly conflicts: readonly unknown[];
}
type RunEvent =
  | (OfRun & { readonly type: 'run-start'; readonly name: string })
  | (OfStep & { readonly type: 'step-start'; readonly waitedMs?: number })
  | (OfStep & {
      readonly type: 'step-end';
      readonly state: string;
      readonly durationMs: number;
      readonly costUsd: number | undefined;
      readonly isReused: boolean;
      readonly error?: unknown;
    })
  | (OfRun & TakenBack & { readonly type: 'undo-end'; readonly isAsked: boolean })
  | (OfRun & TakenBack & { readonly type: 'recovery-end'; readonly recovered: string })
  | (OfRun & {
      readonly type: 'run-end';
      readonly state: string;
      readonly durationMs: number;
      readonly costUsd: number;
    });

interface KnownRun {
  readonly name: string;
  steps: number;
  /** What was left as it is when it was taken back. */
  conflicts?: number;
  /** How long steps under way waited, milliseconds. */
  readonly waited: Map<string, number>;
}

/** The steps of a list share one name: `review[17]/fix` is `review[]/fix`, else there would be as many as the list is long. */
const stepName = (step: string): string => (step.includes('[') ? step.replace(/\[[^\]]*\]/g, '[]') : step);

const counted = ({ steps, conflicts }: TakenBack): { readonly steps: number; readonly conflicts: number } => ({
  steps: steps.length,
  conflicts: conflicts.length,
});

/** Records steps, runs and queries of journals, from the channels of `@hotpath/batch`. `now`: epoch milliseconds. */
export const batchSource = ({ now = Date.now }: { readonly now?: (() => number) | undefined } = {}): Source => ({
  name: 'batch',
  start(collector: Collector, listen = listenOnChannels) {
    const steps = collector.recorder(stepKind);
    const runs = collector.recorder(runKind);
    const known = new Map<string, KnownRun>();

    const knownOf = (run: string): KnownRun => {
      // One whose start was not heard has no name.
      const found = known.get(run) ?? { name: '', steps: 0, waited: new Map() };
      known.set(run, found);
      return found;
    };

    const pushRun = (
      { run, atMs, name }: OfRun & { readonly name: string },
      outcome: string,
      figures: Partial<Record<keyof typeof runKind.measureAt, number | undefined>>,
    ): void => {
      runs.names[runKind.dimensionAt.run_name] = name;
      runs.names[runKind.dimensionAt.outcome] = outcome;
      for (const [figure, value] of Object.entries(figures))
        if (value !== undefined) runs.values[runKind.measureAt[figure as keyof typeof runKind.measureAt]] = value;
      runs.push(atMs, run);
    };

    return listen({
      'hotpath:batch:query-end': queryRecorder(collector, 'journal', now),
      'hotpath:batch:run'(event: RunEvent) {
        switch (event.type) {
          case 'run-start':
            known.set(event.run, { name: event.name, steps: 0, waited: new Map() });
            return;
          case 'step-start':
            if (event.waitedMs !== undefined) knownOf(event.run).waited.set(event.step, event.waitedMs);
            return;
          case 'step-end': {
            const ofRun = knownOf(event.run);
            ofRun.steps += 1;
            const { names, values } = steps;
            const { dimensionAt, measureAt } = stepKind;
            names[dimensionAt.run_name] = ofRun.name;
            names[dimensionAt.step] = stepName(event.step);
            names[dimensionAt.outcome] = event.state;
            names[dimensionAt.code] = codeOf(event.error);
            names[dimensionAt.reused] = event.isReused ? 'yes' : 'no';
            values[measureAt.duration] = event.durationMs * 1000;
            values[measureAt.attempts] = event.attempt;
            const waitedMs = ofRun.waited.get(event.step);
            if (waitedMs !== undefined) values[measureAt.start_delay] = waitedMs * 1000;
            ofRun.waited.delete(event.step);
            if (event.costUsd !== undefined) values[measureAt.cost] = event.costUsd * 1e6;
            steps.push(event.atMs, event.run);
            return;
          }
          case 'run-end': {
            const { name, steps, conflicts } = knownOf(event.run);
            const duration = event.durationMs * 1000;
            pushRun({ ...event, name }, event.state, { duration, steps, conflicts, cost: event.costUsd * 1e6 });
            known.delete(event.run);
            return;
          }
          case 'undo-end':
            if (event.isAsked) pushRun(event, 'reverted', counted(event));
            // Of one that fails its end tells the rest.
            else knownOf(event.run).conflicts = event.conflicts.length;
            return;
          case 'recovery-end':
            pushRun({ ...event, run: event.recovered }, 'recovered', counted(event));
            return;
        }
      },
    });
  },
});

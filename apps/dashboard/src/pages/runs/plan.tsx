import { request } from '../../api/request.ts';
import type { PlanView } from '../../api/run-views.ts';
import { useResource } from '../../api/use-resource.ts';
import { showCount, showDuration, showUsd } from '../../format/figures.ts';
import { Banner } from '../../parts/banner.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Timeline } from '../../parts/timeline.tsx';

interface PlanProps {
  readonly id: string;
}

/** What the run does in which order, and which of it decides how long it takes. */
export const Plan = ({ id }: PlanProps) => {
  const { value, error, reload } = useResource(`plan ${id}`, (signal) =>
    request<PlanView>(`runs/${encodeURIComponent(id)}/plan`, { signal }),
  );
  const after = (step: string): string => {
    const froms = value?.dependencies.filter(({ to }) => to === step).map(({ from }) => from) ?? [];
    return froms.length === 0 ? '' : `after ${[...new Set(froms)].join(', ')}`;
  };
  return (
    <>
      <Banner error={error} onRetry={reload} />
      <section class="panel panel-tall">
        <Facts
          isLoading={value === undefined && error === undefined}
          facts={[
            ['Steps', value && showCount(value.steps.length)],
            ['Independent groups', value && showCount(value.groups.length)],
            ['At once', value && showCount(value.concurrency)],
            ['Expected to take', value && showDuration(value.makespanMs)],
            ['Work in all', value && showDuration(value.workMs)],
            ['Expected cost', value && showUsd(value.costUsd)],
          ]}
        />
        {value && (
          <Timeline
            caption="As planned"
            totalMs={value.makespanMs}
            rows={value.steps.map(({ id: step, kind, items, startsAtMs, endsAtMs, isCritical }) => ({
              key: step,
              name: step,
              about: [kind, items === 1 ? '' : items === null ? 'for each of a list' : `${items} times`, after(step)]
                .filter((part) => part !== '')
                .join(', '),
              fromMs: startsAtMs,
              durationMs: endsAtMs - startsAtMs,
              tone: isCritical ? 'accent' : 'soft',
            }))}
            stateOf={({ key }) => (value.steps.some((step) => step.id === key && step.isCritical) ? 'critical' : '')}
          />
        )}
      </section>
    </>
  );
};

// @boundaries-ignore the view is measured as the command draws it
import type { Content } from '../../../apps/cli/src/monitor/draw.ts';
// @boundaries-ignore the view is measured as the command draws it
import { createHistory } from '../../../apps/cli/src/monitor/history.ts';
// @boundaries-ignore the view is measured as the command draws it
import { createMetricsReader } from '../../../apps/cli/src/monitor/prometheus.ts';
// @boundaries-ignore the view is measured as the command draws it
import { readSamples } from '../../../apps/cli/src/monitor/reading.ts';
// @boundaries-ignore the view is measured as the command draws it
import { type GatewayView, viewOf } from '../../../apps/cli/src/monitor/view.ts';
// @boundaries-ignore the view is measured as the command draws it
import { createTraffic } from '../../../apps/cli/test/monitor/traffic.ts';

export interface GatewayContent extends Extract<Content, { readonly rates: unknown }> {
  readonly view: GatewayView;
}

/** A sample of each second of a gateway's life: every figure of it changes. */
export const createSamples = (models: number): (() => GatewayContent) => {
  const traffic = createTraffic({ models });
  const history = createHistory();
  const reader = createMetricsReader();
  let seconds = 0;
  return () => {
    seconds += 1;
    traffic.pass(1);
    history.add(readSamples(reader.read(traffic.metrics())), seconds * 1000);
    const at = new Date(Date.UTC(2026, 10, 21) + seconds * 1000);
    return {
      view: viewOf({ history, url: 'http://127.0.0.1:4000', at, problem: undefined }),
      rates: history.rates('requests', 400),
    };
  };
};

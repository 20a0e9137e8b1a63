import { createCollector } from '../../src/collector/collector.ts';
import type { Exporter } from '../../src/exporter.ts';
import { requestKind } from '../../src/kinds/request.ts';

export interface MadeRequest {
  readonly atMs: number;
  readonly model?: string;
  readonly outcome?: string;
  readonly durationUs?: number;
  readonly costMicroUsd?: number;
  readonly id?: string;
}

/** Records requests and hands them to the exporter. */
export const exportRequests = async (exporter: Exporter, requests: readonly MadeRequest[]): Promise<void> => {
  const collector = createCollector({
    exporters: [{ ...exporter, name: exporter.name, export: (batch) => exporter.export(batch), close: async () => {} }],
    flushMs: 'never',
  });
  const recorder = collector.recorder(requestKind);
  const { dimensionAt, measureAt } = requestKind;
  for (const { atMs, model = 'small', outcome = 'complete', durationUs = 1000, costMicroUsd, id = 'r' } of requests) {
    recorder.names[dimensionAt.model] = model;
    recorder.names[dimensionAt.outcome] = outcome;
    recorder.values[measureAt.duration] = durationUs;
    if (costMicroUsd !== undefined) recorder.values[measureAt.cost] = costMicroUsd;
    recorder.push(atMs, id);
  }
  await collector.close();
};

import { type ConfigReloadEvent, runtimeChannels } from '@hotpath/runtime';
import { type Exposition, type Labels, labelsOf } from '@hotpath/runtime/metrics';

/** Counts how configurations were loaded anew, and tells how the last one ended. */
export interface Reloads {
  write(exposition: Exposition): void;
  close(): void;
}

export const createReloads = (): Reloads => {
  const counts = new Map<Labels, number>();
  let last: { readonly isGood: boolean; readonly at: number } | undefined;
  const onReload = (message: unknown): void => {
    const { outcome } = message as ConfigReloadEvent;
    const labels = labelsOf({ outcome });
    counts.set(labels, (counts.get(labels) ?? 0) + 1);
    last = { isGood: outcome !== 'rejected', at: Date.now() / 1000 };
  };
  runtimeChannels.configReload.subscribe(onReload);
  return {
    write(exposition) {
      exposition.counter('hotpath_config_reloads_total', 'Configurations loaded anew.', counts);
      if (!last) return;
      exposition.gauge(
        'hotpath_config_last_reload_successful',
        'Whether the last configuration that was loaded is good: 0 while the file in place is rejected.',
        [['', last.isGood ? 1 : 0]],
      );
      exposition.gauge('hotpath_config_last_reload_timestamp_seconds', 'When that was, Unix time.', [['', last.at]]);
    },
    close: () => void runtimeChannels.configReload.unsubscribe(onReload),
  };
};

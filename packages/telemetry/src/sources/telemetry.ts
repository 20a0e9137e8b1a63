import type { TelemetryFaultEvent } from '../events.ts';
import { faultKind } from '../kinds/process.ts';
import type { Source } from '../source.ts';
import { listenOnChannels } from './listen.ts';

const channel = 'hotpath:telemetry:fault';

/** Its code, else where it happened: what most errors are called says nothing. */
const codeOf = ({ where, error }: TelemetryFaultEvent): string => {
  const code = (error as { readonly code?: unknown } | undefined | null)?.code;
  return (typeof code === 'string' && code !== '' ? code : where).slice(0, 64);
};

/**
 * Records what goes wrong in telemetry itself, from its channel, as far as it is not faults that are lost: each loss of a fault would make
 * another. `now`: epoch milliseconds.
 */
export const telemetrySource = ({ now = Date.now }: { readonly now?: (() => number) | undefined } = {}): Source => ({
  name: 'telemetry',
  start(collector, listen = listenOnChannels) {
    const faults = collector.recorder(faultKind);
    return listen({
      [channel](event: TelemetryFaultEvent) {
        if (event.kind === faultKind.name || event.where === channel) return;
        faults.names[faultKind.dimensionAt.part] = 'telemetry';
        faults.names[faultKind.dimensionAt.code] = codeOf(event);
        if (event.lost > 0) faults.values[faultKind.measureAt.lost] = event.lost;
        faults.push(now());
      },
    });
  },
});

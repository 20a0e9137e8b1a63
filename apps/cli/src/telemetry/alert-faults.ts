import type { SinkFaults } from '@hotpath/runtime/telemetry';
import type { Log } from '@hotpath/server';

/** Writes a line of the log when alerts reach nobody, and one when they do again, which whoever read the first waits for. */
export const alertFaults = (log: Pick<Log, 'write'>): SinkFaults => ({
  onSilent(sink, error) {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    log.write('warn', 'alerts are not told', { sink, code, reason: message });
  },
  onHeard(sink) {
    log.write('warn', 'alerts are told again', { sink });
  },
});

import type { AlertChangeEvent } from '../../events.ts';
import type { AlertSink } from '../sink.ts';

/** Writes a line for each alert: `write` is the function that does. */
export const logSink = (write: (line: string, event: AlertChangeEvent) => void): AlertSink => ({
  name: 'log',
  isLog: true,
  tell(event) {
    const word = event.to === 'ok' ? 'over' : event.severity;
    const evidence = event.evidence === undefined ? '' : ` CPU profile: ${event.evidence}`;
    write(`alert ${word} ${event.rule}: ${event.message}.${evidence}`, event);
  },
});

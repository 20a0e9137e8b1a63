import type { AlertSink } from '@hotpath/runtime/telemetry';
import type { Log } from '@hotpath/server';

/** Writes a line of the log when an alert fires, and when it is over. */
export const alertLog = (log: Pick<Log, 'write'>): AlertSink => ({
  name: 'log',
  isLog: true,
  async tell(event) {
    const { message, rule, subject, severity, to, value, threshold, unit, valueText, thresholdText, evidence } = event;
    const isOver = to === 'ok';
    const level = isOver ? 'info' : severity === 'page' ? 'error' : 'warn';
    log.write(level, isOver ? 'alert over' : 'alert', {
      rule,
      subject: subject || undefined,
      value,
      threshold,
      unit,
      valueText,
      thresholdText,
      message,
      evidence,
    });
  },
});

import type { Collector } from '../collector/collector.ts';
import { type AlertChangeEvent, channels } from '../events.ts';
import { alertKind } from '../kinds/alert.ts';
import { type AlertSink, createSinkQueue } from './sink.ts';

/** Makes changes of alerts known. */
export interface Announcer {
  /** The last changes, the newest first; 200 at most. */
  readonly history: readonly AlertChangeEvent[];
  /** Records it and publishes it; those who tell people are told where the event says so, or only those who write a log. Never throws. */
  announce(event: AlertChangeEvent, who?: 'all' | 'logs'): void;
  /** Resolves when those who tell people have told what there is until now. Never rejects. */
  settled(): Promise<void>;
}

const mostHistory = 200;

export const createAnnouncer = (collector: Collector, sinks: readonly AlertSink[], signal: AbortSignal): Announcer => {
  const recorder = collector.recorder(alertKind);
  const queues = sinks.map((sink) => ({ isLog: sink.isLog === true, queue: createSinkQueue(sink, signal) }));
  const history: AlertChangeEvent[] = [];

  const record = ({ rule, subject, severity, to, lastedMs, value, message, atMs }: AlertChangeEvent): void => {
    const { names, values } = recorder;
    const { dimensionAt, measureAt } = alertKind;
    names[dimensionAt.rule] = rule;
    names[dimensionAt.subject] = subject;
    names[dimensionAt.severity] = severity;
    names[dimensionAt.state] = to;
    values[measureAt.lasted] = lastedMs * 1000;
    if (value !== undefined) values[measureAt.value] = value * 1000;
    recorder.push(atMs, message);
  };

  return {
    history,
    announce(event, who = 'all') {
      history.unshift(event);
      if (history.length > mostHistory) history.pop();
      record(event);
      if (channels.alert.hasSubscribers) channels.alert.publish(event);
      if (!event.isTold) return;
      for (const { isLog, queue } of queues) if (isLog || who === 'all') queue.send(event);
    },
    async settled() {
      await Promise.all(queues.map(({ queue }) => queue.settled()));
    },
  };
};

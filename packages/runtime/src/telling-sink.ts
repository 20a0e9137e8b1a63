import type { AlertSink } from '@hotpath/telemetry/alerts';

/** What somebody is told of those that tell people of alerts. */
export interface SinkFaults {
  /** Called once with why alerts reach nobody there, until one does again. */
  readonly onSilent: (sink: string, error: unknown) => void;
  /** Called with the first one that does. */
  readonly onHeard: (sink: string) => void;
}

/** A sink whose failures somebody is told of: what it throws reaches nobody who reads the log. */
export const tellingSink = (sink: AlertSink, { onSilent, onHeard }: SinkFaults): AlertSink => {
  let isSilent = false;
  return {
    ...sink,
    async tell(event, signal) {
      try {
        await sink.tell(event, signal);
      } catch (error) {
        if (!isSilent) onSilent(sink.name, error);
        isSilent = true;
        throw error;
      }
      if (isSilent) onHeard(sink.name);
      isSilent = false;
    },
  };
};

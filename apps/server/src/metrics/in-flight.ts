import { type RequestEndEvent, type RequestStartEvent, routerChannels } from '@hotpath/runtime';
import { type Exposition, labelsOf } from '@hotpath/runtime/metrics';

/** Counts requests whose answer has not ended. */
export interface RequestsInFlight {
  write(exposition: Exposition): void;
  close(): void;
}

export const createRequestsInFlight = (): RequestsInFlight => {
  const counts = new Map<string, number>();
  const add = ({ protocol }: RequestStartEvent | RequestEndEvent, change: number): void => {
    const labels = labelsOf({ protocol });
    counts.set(labels, (counts.get(labels) ?? 0) + change);
  };
  const onStart = (event: unknown): void => add(event as RequestStartEvent, 1);
  const onEnd = (event: unknown): void => add(event as RequestEndEvent, -1);
  const { requestStart, requestEnd } = routerChannels;
  requestStart.subscribe(onStart);
  requestEnd.subscribe(onEnd);
  return {
    write: (exposition) =>
      exposition.gauge('hotpath_requests_in_flight', 'Requests whose answer has not ended.', counts),
    close() {
      requestStart.unsubscribe(onStart);
      requestEnd.unsubscribe(onEnd);
    },
  };
};

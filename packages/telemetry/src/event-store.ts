export { aggregate } from './store/aggregate.ts';
export { type EventStore, type EventStoreOptions, openEventStore } from './store/event-store.ts';
export type { ListedEvent, ListQuery } from './store/list-events.ts';
export type { AggregateQuery, Filter, Group, Grouping, Range } from './store/query.ts';
export type { Retention } from './store/retention.ts';
export {
  type EventStoreThread,
  type EventStoreThreadOptions,
  openEventStoreThread,
} from './thread/event-store-thread.ts';
export type { GroupView, Questions } from './thread/questions.ts';

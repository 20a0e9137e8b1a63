export type { ItemResult, ItemTask } from './items/attempts.ts';
export type { EndedItem, ItemSink, ItemsEnd, RunItemsOptions } from './items/go.ts';
export type { ItemState } from './items/item-file.ts';
export type {
  GoAheadOptions,
  ItemRun,
  ItemRunOptions,
  ItemsOutcome,
  ItemsPlan,
  ReadItems,
} from './items/open-item-run.ts';
export { openItemRun } from './items/open-item-run.ts';
export type { GoOutput } from './items/run-record.ts';
export { endIfDead, isAbandoned, itemRunOf } from './items/run-record.ts';

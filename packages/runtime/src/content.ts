// Apart from the rest: who captures nothing reads nothing of it.
export { type ContentEntry, type ContentStore, type FoundContent, openContentStore } from '@hotpath/telemetry/content';

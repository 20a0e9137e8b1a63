/** What the economy lane of this process collects, and what stands in its journal. Times are epoch milliseconds. */
export interface EconomyView {
  /** Requests that go out together, when it is time. */
  readonly collecting: readonly {
    readonly provider: string;
    readonly requests: number;
    readonly bytes: number;
    readonly dueAt: number;
  }[];
  /** Those that providers have, of all processes that share the journal, the newest first, 100 at most. */
  readonly batches: readonly {
    readonly provider: string;
    /** The provider's id of it; undefined while nobody knows whether it arrived. */
    readonly batchId: string | undefined;
    readonly state: 'submitting' | 'submitted';
    readonly requests: number;
    readonly sentAt: number;
    /** Whether this process looks after it. */
    readonly isOwn: boolean;
  }[];
}

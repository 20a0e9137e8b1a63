/** A map that evicts to stay within bounds of entries and bytes. */
export interface BoundedMap<Value> {
  readonly size: number;
  /** Sum of the sizes of the entries held. */
  readonly bytes: number;
  get(key: string): Value | undefined;
  /** Like `get`, but no use. */
  peek(key: string): Value | undefined;
  /** `size`, in bytes, must be within the bound. */
  set(key: string, value: Value, size: number): void;
  delete(key: string): boolean;
  clear(): void;
  keys(): Iterable<string>;
}

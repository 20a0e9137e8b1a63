/** Bounds of a cache, both hold. */
export interface Bounds {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/** What a directory needs to know of the slots. */
export interface DirectoryHost {
  readonly bounds: Bounds;
  size(slot: number): number;
  /** The value is held, whatever the directory would have done. */
  isResident(slot: number): boolean;
  /** The directory has forgotten a slot whose value is not held. */
  forgotten(slot: number): void;
}

/** Which keys a policy would hold within the bounds, were it alone in charge. */
export interface Directory {
  /** Notes a use of a slot and takes it if need be. Returns whether the policy held it, so: whether that was a hit. */
  use(slot: number): boolean;
  knows(slot: number): boolean;
  /** The slot's size is about to change by so many bytes. */
  resize(slot: number, bytes: number): void;
  /** Lets go until the bounds hold. */
  shrink(): void;
  /** The slot that the policy let go first among those whose values are still held; below `firstSlot` for none. */
  oldestOutlived(): number;
  /** The value of a slot is held no more. */
  evicted(slot: number): void;
  /** Forgets a slot. */
  remove(slot: number): void;
  grow(capacity: number): void;
}

/** Something with a place in a line. */
export interface Place<Item> {
  /** Smaller came earlier. */
  readonly order: number;
  /** When it gives up, milliseconds of the line's clock; Infinity for never. */
  readonly deadline: number;
  before: Item | undefined;
  after: Item | undefined;
}

/** First come, first served, also for one that comes over from another line. Linked, as anyone may leave at any time. */
export class Line<Item extends Place<Item>> {
  head: Item | undefined;
  size = 0;
  /** No deadline in the line is earlier. */
  earliestDeadline = Number.POSITIVE_INFINITY;
  #tail: Item | undefined;

  insert(item: Item): void {
    let before = this.#tail;
    while (before && before.order > item.order) before = before.before;
    const after = before ? before.after : this.head;
    item.before = before;
    item.after = after;
    if (before) before.after = item;
    else this.head = item;
    if (after) after.before = item;
    else this.#tail = item;
    this.size += 1;
    if (item.deadline < this.earliestDeadline) this.earliestDeadline = item.deadline;
  }

  remove(item: Item): void {
    if (item.before) item.before.after = item.after;
    else this.head = item.after;
    if (item.after) item.after.before = item.before;
    else this.#tail = item.before;
    item.before = undefined;
    item.after = undefined;
    this.size -= 1;
    if (this.size === 0) this.earliestDeadline = Number.POSITIVE_INFINITY;
  }

  /** All whose deadline has come, in order. To be removed: they are not told again. */
  expired(now: number): Item[] {
    if (this.earliestDeadline > now) return [];
    const expired: Item[] = [];
    let earliest = Number.POSITIVE_INFINITY;
    for (let item = this.head; item; item = item.after) {
      if (item.deadline <= now) expired.push(item);
      else if (item.deadline < earliest) earliest = item.deadline;
    }
    this.earliestDeadline = earliest;
    return expired;
  }
}

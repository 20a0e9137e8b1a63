/** Both limits are told per minute, as the providers tell theirs. */
const windowMs = 60_000;
/** Charges within this time of the first share an entry. */
const entryMs = 1_000;

/**
 * What was charged in the last minute: a sliding window log of at most 61 entries.
 *
 * In no 60 s, wherever they begin, is more charged than the limit. A token bucket, or its equal GCRA (ITU-T I.371),
 * cannot say that: full, it lets a burst of the whole limit pass and refills meanwhile, up to twice the limit in a
 * minute; made small enough to keep to the limit, it refuses the burst that the limit allows. A counter per clock minute
 * lets twice the limit pass around each border, and one that weighs the minute before (Cloudflare, "How we built rate
 * limiting", 2017) assumes an even flow that bursts are not. Only a log is exact, and only a log can take back what was
 * charged for an unfinished call.
 *
 * Charges of one second share an entry, which then counts until 60 s after the last of them. So a log holds 61 entries
 * where an exact one would hold one for each call, and never forgets too early; a charge is kept for at most one
 * second too long, and a burst of one moment, however large, to the millisecond.
 */
export class SlidingWindow {
  limit: number;
  #used = 0;
  /** Entries are numbered from the first ever; those from `#first` to before `#next` still count. */
  #first = 0;
  #next = 0;
  #openedAt = Number.NEGATIVE_INFINITY;
  /** When each entry was last charged and how much it holds, side by side, by its number modulo the entries it has room for. */
  #log: number[] = [0, 0, 0, 0];

  constructor(limit: number) {
    this.limit = limit;
  }

  used(now: number): number {
    this.#forget(now);
    return this.#used;
  }

  fits(amount: number, now: number): boolean {
    this.#forget(now);
    return amount === 0 || this.#used + amount <= this.limit;
  }

  /** Until `amount` fits if nothing more is charged, milliseconds: 0 for now, Infinity for never. */
  waitMs(amount: number, now: number): number {
    if (this.fits(amount, now)) return 0;
    if (amount > this.limit) return Number.POSITIVE_INFINITY;
    let excess = this.#used + amount - this.limit;
    for (let entry = this.#first; ; entry++) {
      const index = this.#indexOf(entry);
      excess -= this.#log[index + 1] as number;
      if (excess <= 0) return (this.#log[index] as number) + windowMs - now;
    }
  }

  /** Charges, whether it fits or not. Returns the number of the entry, for `giveBack`. */
  charge(amount: number, now: number): number {
    this.#forget(now);
    if (this.#first === this.#next || now - this.#openedAt >= entryMs) this.#open(now);
    const entry = this.#next - 1;
    const index = this.#indexOf(entry);
    this.#log[index] = now;
    (this.#log[index + 1] as number) += amount;
    this.#used += amount;
    return entry;
  }

  /** Takes back a part of what was charged to this entry; nothing when that was longer ago than a minute. */
  giveBack(entry: number, amount: number): void {
    if (entry < this.#first) return;
    (this.#log[this.#indexOf(entry) + 1] as number) -= amount;
    this.#used -= amount;
  }

  /** The length is a power of two. */
  #indexOf(entry: number): number {
    return (2 * entry) & (this.#log.length - 1);
  }

  #forget(now: number): void {
    while (this.#first < this.#next) {
      const index = this.#indexOf(this.#first);
      const amount = this.#log[index + 1] as number;
      if (amount > 0 && (this.#log[index] as number) + windowMs > now) return;
      this.#used -= amount;
      this.#first += 1;
    }
  }

  #open(now: number): void {
    if (2 * (this.#next - this.#first) === this.#log.length) this.#grow();
    this.#log[this.#indexOf(this.#next) + 1] = 0;
    this.#openedAt = now;
    this.#next += 1;
  }

  #grow(): void {
    const log = new Array<number>(this.#log.length * 2).fill(0);
    for (let entry = this.#first; entry < this.#next; entry++) {
      const from = this.#indexOf(entry);
      const to = (2 * entry) & (log.length - 1);
      log[to] = this.#log[from] as number;
      log[to + 1] = this.#log[from + 1] as number;
    }
    this.#log = log;
  }
}

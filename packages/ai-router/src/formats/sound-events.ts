import { createEventEnds } from './event-ends.ts';
import { createEventJudge } from './event-judge.ts';

/** Takes malformed events out of a stream whose bytes pass otherwise as they are. */
export interface SoundEvents {
  /** Whether an event was dropped: what passed is then not the whole answer. */
  dropped(): boolean;
  /** Events so far, those dropped too. */
  count(): number;
  /** The bytes to pass on now; nothing where all of them wait for the end of their event. */
  push(chunk: Buffer): Buffer | undefined;
  /** The bytes of an event that was not ended, unless it is malformed. Nothing more follows. */
  end(): Buffer | undefined;
}

export interface SoundEventsOptions {
  /** An event larger than this passes unread, so that it need not be held. @default 16,777,216 */
  readonly maxEventBytes?: number;
}

const nothing = Buffer.alloc(0);

/**
 * Drops the events of which the official clients would throw because their data is not JSON, so that one bad event does
 * not cost the rest of the answer. `[DONE]`, comments and every `error` pass. Bytes are held until their event has ended;
 * a chunk of whole events passes uncopied.
 */
export function createSoundEvents({ maxEventBytes = 16_777_216 }: SoundEventsOptions = {}): SoundEvents {
  const ends = createEventEnds();
  const judge = createEventJudge();
  /** The event under way, as far as it has arrived. */
  let pending = nothing;
  let pendingBytes = 0;
  /** Whether the event under way is too large to be judged. */
  let unread = false;
  /** Whether the last event passed. */
  let passed = true;
  let dropped = false;
  let count = 0;
  /** Whether the bytes so far end with an event, a line feed last. */
  let between = true;

  // Doubling keeps a large event that trickles in from being copied again and again.
  const keep = (bytes: Buffer, start: number, end: number): void => {
    const total = pendingBytes + end - start;
    if (total > pending.length) {
      const larger = Buffer.allocUnsafe(Math.max(total, pending.length * 2, 1024));
      pending.copy(larger, 0, 0, pendingBytes);
      pending = larger;
    }
    bytes.copy(pending, pendingBytes, start, end);
    pendingBytes = total;
  };

  const takePending = (): Buffer => {
    const taken = pending.subarray(0, pendingBytes);
    pending = nothing;
    pendingBytes = 0;
    return taken;
  };

  const passes = (bytes: Buffer, start: number, end: number): boolean => {
    count += 1;
    passed = judge.isSound(bytes, start, end);
    dropped ||= !passed;
    return passed;
  };

  const filter = (bytes: Buffer): Buffer[] => {
    const out: Buffer[] = [];
    /** Where the event under way begins, and the run of bytes to pass on. */
    let start = ends.begin(bytes);
    let run = 0;
    if (start === 1) {
      if (pendingBytes > 0) keep(bytes, 0, 1);
      if (pendingBytes > 0 || !passed) run = 1;
    }
    for (let end = ends.next(start); end !== -1; end = ends.next(start)) {
      if (unread) unread = false;
      else if (pendingBytes > 0) {
        keep(bytes, start, end);
        const event = takePending();
        if (passes(event, 0, event.length)) out.push(event);
        run = end;
      } else if (!passes(bytes, start, end)) {
        if (start > run) out.push(bytes.subarray(run, start));
        run = end;
      }
      start = end;
    }
    if (unread) start = bytes.length;
    if (start > run) out.push(run === 0 && start === bytes.length ? bytes : bytes.subarray(run, start));
    if (start < bytes.length) keep(bytes, start, bytes.length);
    if (pendingBytes > maxEventBytes) {
      unread = true;
      passed = true;
      out.push(takePending());
    }
    return out;
  };

  return {
    dropped: () => dropped,
    count: () => count,
    push(chunk) {
      // Most chunks are one event.
      if (between && judge.isLikeTheLast(chunk)) {
        passed = true;
        count += 1;
        return chunk;
      }
      const out = filter(chunk);
      if (chunk.length > 0) between = pendingBytes === 0 && !unread && chunk[chunk.length - 1] === 10;
      return out.length > 1 ? Buffer.concat(out) : out[0];
    },
    end() {
      const event = takePending();
      return event.length > 0 && passes(event, 0, event.length) ? event : undefined;
    },
  };
}

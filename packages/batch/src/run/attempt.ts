/** One try of one step. */
export class Attempt {
  /** From 1. */
  readonly number: number;
  readonly step: number;
  #controller: AbortController | undefined;
  #reason: unknown;
  #isAborted = false;
  #isSealed = false;
  /** Where whoever drives keeps it. */
  place = 0;
  /** Stops the timer of its time limit. */
  stopTimer: (() => void) | undefined;
  /** What it comes to is not waited for any more. */
  isOver = false;

  constructor(step: number, number: number) {
    this.step = step;
    this.number = number;
  }

  get isAborted(): boolean {
    return this.#isAborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** Made when it is first asked for: most steps never look at it. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#isAborted) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  /** From here on it goes to its end, whatever is asked of it. Returns false where it is too late for that. */
  seal(): boolean {
    if (this.#isAborted || this.isOver) return false;
    this.#isSealed = true;
    return true;
  }

  /** Returns whether that changed anything. */
  abort(reason: unknown): boolean {
    if (this.#isAborted || this.#isSealed) return false;
    this.#isAborted = true;
    this.#reason = reason;
    this.#controller?.abort(reason);
    return true;
  }
}

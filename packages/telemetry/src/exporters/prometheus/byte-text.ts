const leastBytes = 2 ** 12;
const mostAtFirst = 2 ** 24;
/** What the last text took, and a tenth more: the next is seldom much longer, and to move what grows takes longest. */
let usualBytes = leastBytes;
const zero = 48;
const newline = 10;

/** A text that is written in UTF-8 from the start: pieces of it come again and again, and a string would have to be made bytes of. */
export class ByteText {
  #bytes = Buffer.allocUnsafe(usualBytes);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  text(text: string): void {
    // A code unit takes three bytes at most.
    this.#makeRoom(text.length * 3);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Few of them: copied one by one they take less time than the call of a native function. */
  bytes(bytes: Uint8Array): void {
    this.#makeRoom(bytes.length);
    const own = this.#bytes;
    for (let index = 0; index < bytes.length; index += 1) own[this.#length + index] = bytes[index] as number;
    this.#length += bytes.length;
  }

  /** What was written from one place to another, once more. */
  again(from: number, to: number): void {
    this.#makeRoom(to - from);
    this.#bytes.copyWithin(this.#length, from, to);
    this.#length += to - from;
  }

  /** A number, with which its line ends. */
  lastOfLine(value: number): void {
    if (!(value >= 0 && value < 2 ** 31 && Number.isInteger(value))) {
      this.text(`${spelled(value)}\n`);
      return;
    }
    let digits = 1;
    for (let above = 10; above <= value; above *= 10) digits += 1;
    this.#makeRoom(digits + 1);
    let rest = value;
    for (let at = this.#length + digits - 1; at >= this.#length; at -= 1) {
      const tenth = (rest / 10) | 0;
      this.#bytes[at] = zero + rest - tenth * 10;
      rest = tenth;
    }
    this.#bytes[this.#length + digits] = newline;
    this.#length += digits + 1;
  }

  /** All of it. Nothing is to be written afterwards. */
  end(): Buffer {
    usualBytes = Math.min(mostAtFirst, Math.max(leastBytes, Math.ceil(this.#length * 1.1)));
    return this.#bytes.subarray(0, this.#length);
  }

  #makeRoom(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** As Prometheus reads numbers. */
const spelled = (value: number): string => {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
};

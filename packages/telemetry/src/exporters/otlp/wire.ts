/** How a field is written: https://protobuf.dev/programming-guides/encoding/#structure */
const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

const twoTo32 = 2 ** 32;

/** Writes the wire format of Protocol Buffers. Fields come in any order; those of nested messages between `open` and `close`. */
export class WireWriter {
  #bytes = Buffer.allocUnsafe(16_384);
  #length = 0;
  /** Where the lengths of open messages stand. */
  readonly #open: number[] = [];

  varint(field: number, value: number): void {
    this.#tag(field, wire.varint);
    this.#varint(value);
  }

  /** A number of microseconds, as nanoseconds: more than a double holds exactly. */
  nanoseconds(field: number, microseconds: number): void {
    this.#tag(field, wire.fixed64);
    const low = (microseconds % twoTo32) * 1000;
    this.#uint32(low % twoTo32);
    this.#uint32(Math.floor(microseconds / twoTo32) * 1000 + Math.floor(low / twoTo32));
  }

  /** A whole number from 0. */
  fixed64(field: number, value: number): void {
    this.#tag(field, wire.fixed64);
    this.#fixed64(value);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, wire.fixed32);
    this.#uint32(value);
  }

  double(field: number, value: number): void {
    this.#tag(field, wire.fixed64);
    this.#room(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  string(field: number, value: string): void {
    this.open(field);
    this.#room(value.length * 3);
    this.#length += this.#bytes.write(value, this.#length);
    this.close();
  }

  /** Bytes as hexadecimal digits tell them. */
  hex(field: number, digits: string): void {
    this.#tag(field, wire.bytes);
    this.#varint(digits.length / 2);
    this.#room(digits.length / 2);
    this.#length += this.#bytes.write(digits, this.#length, 'hex');
  }

  packedFixed64(field: number, values: ArrayLike<number>): void {
    this.#tag(field, wire.bytes);
    this.#varint(values.length * 8);
    for (let index = 0; index < values.length; index += 1) this.#fixed64(values[index] as number);
  }

  packedDoubles(field: number, values: ArrayLike<number>): void {
    this.#tag(field, wire.bytes);
    this.#varint(values.length * 8);
    this.#room(values.length * 8);
    for (let index = 0; index < values.length; index += 1)
      this.#length = this.#bytes.writeDoubleLE(values[index] as number, this.#length);
  }

  open(field: number): void {
    this.#tag(field, wire.bytes);
    this.#room(1);
    this.#open.push(this.#length);
    // Most messages are shorter than 128 bytes: then one byte tells it.
    this.#length += 1;
  }

  close(): void {
    const at = this.#open.pop() as number;
    const size = this.#length - at - 1;
    const further = Math.max(1, Math.ceil((32 - Math.clz32(size)) / 7)) - 1;
    if (further > 0) {
      this.#room(further);
      this.#bytes.copyWithin(at + 1 + further, at + 1, this.#length);
    }
    this.#length = at;
    this.#varint(size);
    this.#length += size;
  }

  /** What was written. The writer is of no use after it. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    this.#room(10);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) + 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  #fixed64(value: number): void {
    this.#uint32(value % twoTo32);
    this.#uint32(Math.floor(value / twoTo32));
  }

  #uint32(value: number): void {
    this.#room(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** The varints and the bytes among the fields of a message, by their number; undefined where it is none. */
export const readFields = (
  bytes: Uint8Array,
): { readonly numbers: ReadonlyMap<number, number>; readonly parts: ReadonlyMap<number, Uint8Array> } | undefined => {
  const numbers = new Map<number, number>();
  const parts = new Map<number, Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 0x80) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    if (tag % 8 === wire.varint) numbers.set(field, varint());
    else if (tag % 8 === wire.bytes) {
      const end = varint() + at;
      if (!(end <= bytes.length)) return undefined;
      parts.set(field, bytes.subarray(at, end));
      at = end;
    } else if (tag % 8 === wire.fixed64) at += 8;
    else if (tag % 8 === wire.fixed32) at += 4;
    else return undefined;
  }
  return at === bytes.length ? { numbers, parts } : undefined;
};

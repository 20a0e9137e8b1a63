import { randomBytes } from 'node:crypto';
import { crc32, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEnvelope, type Envelope } from '../src/envelope.ts';
import type { CacheEntry } from '../src/index.ts';

const plain = createEnvelope();
const encrypted = createEnvelope({ encryption: { keys: { one: new Uint8Array(32).fill(7) }, current: 'one' } });
const both: [string, Envelope][] = [
  ['plain', plain],
  ['encrypted', encrypted],
];
const damaged = expect.objectContaining({ code: expect.stringMatching(/^CACHE_(ENTRY_DAMAGED|KEY_MISSING)$/) });

/** Any text at all: lone surrogates and NUL too. */
const oddText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units));
const keys = fc.oneof(
  fc.string(),
  oddText,
  fc.constantFrom('', '\0', '\ud800', '\udfff', '\ufeffkey', 'k'.repeat(10_000), '\ud800'.repeat(10_000)),
);
const numbers = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.constantFrom(0, -0, Number.POSITIVE_INFINITY, 1_768_000_000_000),
);
const maybe = <Value>(arbitrary: fc.Arbitrary<Value>) => fc.option(arbitrary, { nil: undefined });
const values = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.nat().map((seed) => Uint8Array.from({ length: 5_000 + (seed % 1_000) }, (_, at) => crc32(`${seed}${at}`))),
  fc.nat(20_000).map((length) => new Uint8Array(length).fill(97)),
);
const entries = fc.record(
  {
    value: values,
    createdAt: numbers,
    expiresAt: numbers,
    staleAt: maybe(numbers),
    loadMs: maybe(numbers),
    costUsd: maybe(numbers),
    tags: maybe(fc.array(fc.oneof(fc.string(), oddText), { maxLength: 5 })),
    absent: maybe(fc.boolean()),
    fence: maybe(numbers),
    version: maybe(numbers),
  },
  { noNullPrototype: true },
);

const entryOf = (value: Uint8Array, more: Partial<CacheEntry> = {}): CacheEntry<Uint8Array> => ({
  createdAt: 1_000,
  expiresAt: Number.POSITIVE_INFINITY,
  ...more,
  value,
});
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What somebody can write who knows the format: any bytes, with the right checksum. */
const forge = (key: string, ...parts: Uint8Array[]): Uint8Array => {
  const body = Buffer.concat(parts);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc32(body, crc32(key)));
  return new Uint8Array(Buffer.concat([body, checksum]));
};

describe.each(both)('an envelope, %s', (_name, envelope) => {
  it('gives back every field as it was given, and all fields in one order', () => {
    fc.assert(
      fc.property(keys, entries, (key, entry) => {
        const sealed = envelope.seal(key, entry);
        expect(sealed.byteLength).toBe(sealed.buffer.byteLength);
        const opened = envelope.open(key, sealed);
        expect(opened).toStrictEqual(entry);
        expect(Object.keys(opened)).toEqual(Object.keys(entry));
        // In memory that still holds what was sealed there before.
        expect(envelope.open(key, envelope.sealForNow(key, entry).slice())).toStrictEqual(entry);
      }),
      { numRuns: 400 },
    );
  });

  it('leaves what was not given undefined', () => {
    const entry = { value: new Uint8Array(), createdAt: 1, expiresAt: 2 };
    const opened = envelope.open('k', envelope.seal('k', entry));
    expect(opened).toEqual(entry);
    expect(opened).toHaveProperty('fence', undefined);
  });

  it('is refused under every other key', () => {
    fc.assert(
      fc.property(keys, keys, (key, other) => {
        fc.pre(key !== other);
        const sealed = envelope.seal(key, entryOf(bytesOf('value')));
        expect(() => envelope.open(other, sealed)).toThrow(damaged);
      }),
    );
    const sealed = envelope.seal('\ud800', entryOf(bytesOf('value')));
    for (const other of ['\ud801', '\ufffd', '\u00d8\0', ''])
      expect(() => envelope.open(other, sealed)).toThrow(damaged);
  });

  it.each([
    ['short', entryOf(bytesOf('a value'), { tags: ['a', '\ud800'], version: 3, absent: false })],
    ['compressed', entryOf(new Uint8Array(5_000).fill(97), { loadMs: 12 })],
  ])('is refused when a byte is changed, missing or too many: %s', (_kind, entry) => {
    const sealed = envelope.seal('key', entry);
    for (let at = 0; at < sealed.byteLength; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const changed = sealed.slice();
        changed[at] = (changed[at] ?? 0) ^ mask;
        expect(() => envelope.open('key', changed), `byte ${at} with ${mask}`).toThrow(damaged);
      }
      expect(() => envelope.open('key', sealed.slice(0, at)), `the first ${at}`).toThrow(damaged);
    }
    expect(() => envelope.open('key', new Uint8Array([...sealed, 0]))).toThrow(damaged);
    expect(envelope.open('key', sealed)).toEqual(entry);
  });

  it('hands out values that pin nothing but the entry itself', () => {
    for (const value of [bytesOf('short'), new Uint8Array(5_000).fill(97), new Uint8Array(70_000).fill(97)]) {
      const sealed = envelope.seal('key', entryOf(value));
      const pool = Buffer.alloc(100_000);
      pool.set(sealed, 1_000);
      const opened = envelope.open('key', pool.subarray(1_000, 1_000 + sealed.byteLength)).value;
      expect(opened).toStrictEqual(value);
      expect(opened.buffer.byteLength).toBe(value.byteLength);
      const shared = envelope.open('key', sealed).value;
      expect([value.byteLength, sealed.byteLength]).toContain(shared.buffer.byteLength);
    }
  });

  it('is the same made later, with the entry as it was at the call', async () => {
    for (const length of [10, 5_000, 40_000, 200_000]) {
      const entry = entryOf(new Uint8Array(length).fill(97), { version: 1 });
      const making = envelope.sealLater('key', entry);
      entry.version = 2;
      const sealed = await making;
      expect(sealed.byteLength).toBe(sealed.buffer.byteLength);
      if (length > 4_096) expect(sealed.byteLength).toBeLessThan(300);
      expect(envelope.open('key', sealed)).toEqual({ ...entry, version: 1 });
    }
  });
});

describe('compression', () => {
  it('begins above compressFromBytes, and is left out where it does not pay', () => {
    const text = new Uint8Array(200).fill(97);
    const noise = new Uint8Array(randomBytes(5_000));
    expect(createEnvelope({ compressFromBytes: 200 }).seal('k', entryOf(text)).byteLength).toBe(72 + 200);
    expect(createEnvelope({ compressFromBytes: 199 }).seal('k', entryOf(text)).byteLength).toBeLessThan(120);
    expect(plain.seal('k', entryOf(new Uint8Array(4_096))).byteLength).toBe(72 + 4_096);
    expect(plain.seal('k', entryOf(new Uint8Array(4_097))).byteLength).toBeLessThan(120);
    expect(plain.seal('k', entryOf(noise)).byteLength).toBe(72 + 5_000);
    const never = createEnvelope({ compressFromBytes: Number.POSITIVE_INFINITY });
    expect(never.seal('k', entryOf(new Uint8Array(9_000))).byteLength).toBe(72 + 9_000);
  });

  it('stops at the length that the entry states', () => {
    const header = plain.seal('key', entryOf(new Uint8Array(5_000))).subarray(0, 68);
    const bomb = zstdCompressSync(new Uint8Array(32 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(4_096);
    const stating = (valueBytes: number): Uint8Array => {
      const changed = Buffer.from(header);
      changed.writeUInt32LE(valueBytes, 8);
      return forge('key', changed, bomb);
    };
    const failure = (sealed: Uint8Array): unknown => {
      try {
        return plain.open('key', sealed);
      } catch (error) {
        return error;
      }
    };
    const tooLarge = { code: 'CACHE_ENTRY_DAMAGED', cause: { code: 'ERR_BUFFER_TOO_LARGE' } };
    expect(failure(stating(5_000))).toMatchObject(tooLarge);
    expect(failure(stating(0))).toMatchObject(tooLarge);
    expect(failure(stating(32 * 1024 * 1024 + 1))).toEqual(damaged);
    expect(plain.open('key', stating(32 * 1024 * 1024)).value.byteLength).toBe(32 * 1024 * 1024);
  });

  it('neither makes nor believes more than 64 MiB', () => {
    const most = 64 * 1024 * 1024;
    const small = plain.seal('key', entryOf(new Uint8Array(most)));
    expect(small.byteLength).toBeLessThan(8_192);
    const header = Buffer.from(small.subarray(0, 68));
    header.writeUInt32LE(most + 1, 8);
    const forged = forge('key', header, zstdCompressSync(new Uint8Array(most + 1)));
    expect(() => plain.open('key', forged)).toThrow('decompress');
    const large = plain.seal('key', entryOf(new Uint8Array(most + 1)));
    expect(large.byteLength).toBe(most + 1 + 72);
    expect(plain.open('key', large).value.byteLength).toBe(most + 1);
  });

  it('refuses a threshold that is no length', () => {
    for (const compressFromBytes of [-1, 1.5, Number.NaN]) {
      expect(() => createEnvelope({ compressFromBytes })).toThrow(
        expect.objectContaining({ code: 'CACHE_OPTION_INVALID', option: 'compressFromBytes' }),
      );
    }
  });
});

describe('forged bytes', () => {
  it('open or are refused as damaged, and do nothing else', () => {
    const sealed = plain.seal('key', entryOf(bytesOf('some value'), { tags: ['one', 'two'] }));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(sealed.byteLength - 5), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const body = sealed.slice(0, -4);
        for (const [at, byte] of changes) body[at] = byte;
        try {
          plain.open('key', forge('key', body));
        } catch (error) {
          expect(error).toEqual(damaged);
        }
      }),
      { numRuns: 2_000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => plain.open('key', bytes)).toThrow(damaged);
        expect(() => encrypted.open('key', bytes)).toThrow(damaged);
      }),
    );
  });

  it('are refused where an entry states tags beyond its end', () => {
    const changed = Buffer.from(plain.seal('key', entryOf(bytesOf('value'), { tags: ['tag'] })).subarray(0, -4));
    changed.writeUInt32LE(1_000, 4);
    expect(() => plain.open('key', forge('key', changed))).toThrow('cut short');
    changed.writeUInt32LE(7, 4);
    changed.writeUInt32LE(4, 68);
    expect(() => plain.open('key', forge('key', changed))).toThrow('cut short');
    changed.writeUInt32LE(3, 4);
    expect(() => plain.open('key', forge('key', changed))).toThrow('cut short');
  });
});

describe('the format', () => {
  const entry = entryOf(bytesOf('value'), {
    staleAt: 2_000,
    loadMs: 1.5,
    costUsd: 0.25,
    tags: ['tag', '\ud800'],
    absent: false,
    fence: 8,
    version: 9,
  });

  it('stays: what is stored must be readable by later versions', () => {
    const golden =
      '0100fc010e000000000000000000000000408f40000000000000f07f0000000000409f40000000000000f83f000000000000d03f' +
      '0000000000002240000000000000204003000000746167' +
      '03000000ff00d876616c7565';
    expect(Buffer.from(plain.seal('key', entry)).toString('hex').slice(0, -8)).toBe(golden);
    expect(plain.open('key', forge('key', Buffer.from(golden, 'hex')))).toEqual(entry);
  });

  it('is refused in another version', () => {
    const changed = Buffer.from(plain.seal('key', entry).subarray(0, -4));
    changed[0] = 2;
    expect(() => plain.open('key', forge('key', changed))).toThrow('unknown to this version');
  });
});

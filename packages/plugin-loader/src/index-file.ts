import { fs } from './file-system.ts';

/** An index file's parts, each read when it is asked for. */
export interface IndexParts {
  readonly names: readonly string[];
  /** The JSON of a part, parsed. */
  read(name: string): unknown;
  /** Its bytes, to be written again as they are. */
  bytes(name: string): Uint8Array;
}

// Changes with the meaning of what follows it.
const layout = 'hotpath plugin index 3';
const headBytes = 40;

const headOf = (length: number): string => `${layout} ${length}`.padEnd(headBytes - 1).concat('\n');

/**
 * The bytes of an index file: a head with the layout and a length; then, twice, a line that says where each part begins and the parts.
 * That both are the same tells a whole file from a damaged one: comparing takes microseconds, where a checksum takes milliseconds in code
 * that is not compiled yet, or to load `node:zlib`.
 */
export const encodeIndex = (parts: ReadonlyMap<string, Uint8Array>): Uint8Array => {
  let length = 0;
  const places = [...parts].map(([name, bytes]) => {
    const place = [name, length, bytes.length] as const;
    length += bytes.length;
    return place;
  });
  const body = Buffer.concat([Buffer.from(`${JSON.stringify(places)}\n`), ...parts.values()]);
  return Buffer.concat([Buffer.from(headOf(body.length)), body, body]);
};

/** A part of an index file from what it holds. */
export const encodePart = (content: object): Uint8Array => Buffer.from(JSON.stringify(content));

/** What an index file holds; `undefined` where it is missing, cut short, damaged or somebody else's. */
export const readIndex = (path: string): IndexParts | undefined => {
  try {
    const file = fs.readFileSync(path);
    const length = (file.length - headBytes) / 2;
    const body = file.subarray(headBytes, headBytes + length);
    if (file.toString('latin1', 0, headBytes) !== headOf(length) || !file.subarray(headBytes + length).equals(body))
      return undefined;
    const lineEnd = body.indexOf('\n');
    const places = JSON.parse(body.toString('utf8', 0, lineEnd)) as [name: string, start: number, length: number][];
    const bytes = (name: string): Buffer => {
      const place = places.find((each) => each[0] === name);
      const start = lineEnd + 1 + (place?.[1] ?? 0);
      return body.subarray(start, start + (place?.[2] ?? 0));
    };
    return {
      names: places.map(([name]) => name),
      bytes,
      read: (name) => {
        const found = bytes(name);
        return found.length === 0 ? undefined : JSON.parse(found.toString('utf8'));
      },
    };
  } catch {
    return undefined;
  }
};

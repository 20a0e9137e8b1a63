import { isJson } from '../is-json.ts';
import { largestShape, shapeOf } from './event-shapes.ts';

/** Tells events that the official clients can read from those of which they would throw. */
export interface EventJudge {
  /** Whether these bytes are one sound event, told at a glance; false says nothing. */
  isLikeTheLast(bytes: Buffer): boolean;
  /** `start` and `end`: those of the event, with its blank line or without. */
  isSound(bytes: Buffer, start: number, end: number): boolean;
}

/** How many events that are like none before them are worth learning from, beyond those that were like one. */
const patience = 16;

const byteOrderMark = Buffer.from('\ufeff');
const lineFeed = 10;

/** Judges the events of one stream. One that is like the last, as nearly all are, is told by its shape; others are parsed. */
export function createEventJudge(): EventJudge {
  let first = true;
  let shape: RegExp | undefined;
  let alike = 0;
  let unlike = 0;

  const fits = (event: string): boolean => {
    if (!shape?.test(event)) return false;
    alike += 1;
    return true;
  };

  return {
    // Ended by a line feed, no byte of a later chunk can belong to it.
    isLikeTheLast: (bytes) =>
      shape !== undefined &&
      bytes.length <= largestShape &&
      bytes[bytes.length - 1] === lineFeed &&
      fits(textOf(bytes, 0, bytes.length)),
    isSound(bytes, start, end) {
      const from = first && bytes.indexOf(byteOrderMark) === start ? start + byteOrderMark.length : start;
      first = false;
      const event = textOf(bytes, from, end);
      if (fits(event)) return true;
      unlike += 1;
      const { isSound, json } = readEvent(event);
      if (json && unlike <= alike + patience) shape = shapeOf(event, json.start, json.end) ?? shape;
      return isSound;
    },
  };
}

/** A Latin letter for each byte: whether a text is JSON does not depend on what lies beyond ASCII. */
const textOf = (bytes: Buffer, start: number, end: number): string => bytes.toString('latin1', start, end);

interface Verdict {
  readonly isSound: boolean;
  /** Where the JSON stands, if all of it stands in one line and nothing but the event's name beside it. */
  readonly json?: { readonly start: number; readonly end: number };
}

const sound: Verdict = { isSound: true };
const malformed: Verdict = { isSound: false };

/** Reads an event as the official clients do. */
function readEvent(event: string): Verdict {
  let name = '';
  let start = -1;
  let end = -1;
  let isPlain = true;
  const data: string[] = [];
  for (const { 0: line, index } of event.matchAll(/[^\r\n]+/g)) {
    const [field, value] = fieldOf(line);
    if (field === 'event') name = value;
    else if (field === 'data') {
      data.push(value);
      end = index + line.length;
      start = end - value.length;
    } else isPlain = false;
  }
  // It must not vanish, whatever it holds.
  if (name === 'error') return sound;
  // A name without data counts as one whose data is empty, which is no JSON.
  if (data.length === 0) return name === '' ? sound : malformed;
  const [only = ''] = data;
  if (data.length > 1) return isJson(data.join('\n')) ? sound : malformed;
  if (only === '[DONE]') return sound;
  if (!isJson(only)) return malformed;
  return isPlain ? { isSound: true, json: { start, end } } : sound;
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':');
  if (colon === -1) return [line, ''];
  return [line.slice(0, colon), line.slice(line[colon + 1] === ' ' ? colon + 2 : colon + 1)];
}

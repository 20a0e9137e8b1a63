import type { WireFormat } from './wire-format.ts';

/** UTF-8 bytes of an answer for one token of it: English text has about 4. */
export const bytesPerToken = 4;

/** More than this of a stream is not read again: the rest is taken to be alike. */
const mostRead = 8_192;

/** About how many output tokens have passed in a stream: its text, reasoning and tool calls by their length. */
export interface OutputMeter {
  push(chunk: Buffer): void;
  /** 0 where the beginning holds nothing of the answer. */
  tokens(): number;
}

/** `choices`: answers in the stream, of which the decoder reads the first. Nothing is decoded before it is asked. */
export function createOutputMeter(format: Pick<WireFormat, 'streamDecoder'>, choices: number): OutputMeter {
  const read: Buffer[] = [];
  let readBytes = 0;
  let passedBytes = 0;
  return {
    push(chunk) {
      passedBytes += chunk.length;
      if (readBytes >= mostRead) return;
      read.push(chunk);
      readBytes += chunk.length;
    },
    tokens() {
      let bytes = 0;
      for (const event of format.streamDecoder().push(Buffer.concat(read))) {
        if (event.type === 'delta') bytes += Buffer.byteLength(event.text);
      }
      const share = readBytes === 0 ? 0 : passedBytes / readBytes;
      return Math.ceil((bytes * share * choices) / bytesPerToken);
    },
  };
}

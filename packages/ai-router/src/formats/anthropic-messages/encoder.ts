import type { JsonObject, StreamEncoder, Usage } from '../../wire-format.ts';
import { emptyMessage } from './answer.ts';
import { encodeError } from './error.ts';
import { encodeStop } from './stop-reason.ts';
import { encodeDeltaUsage, encodeUsage } from './usage.ts';

const blockStart = `${write('content_block_start', { index: 0, content_block: { type: 'text', text: '', citations: null } })}`;
const blockStop = write('content_block_stop', { index: 0 });
const messageStop = write('message_stop', {});

/**
 * Writes a message's events. Where the usage becomes known at the end only, `message_start` counts 0 tokens and
 * `message_delta` tells all of them, which the official clients take over. An answer without text has no block.
 */
export function createEncoder(): StreamEncoder {
  let usage: Usage | undefined;
  let started = false;
  let inBlock = false;
  let ended = false;

  const start = (id: string, model: string): string => {
    if (started) return '';
    started = true;
    return write('message_start', { message: { ...emptyMessage(id, model), usage: encodeUsage(usage) } });
  };

  return {
    push(event) {
      if (ended) return '';
      if (event.type === 'error') {
        ended = true;
        return `event: error\ndata: ${JSON.stringify(encodeError(event.error))}\n\n`;
      }
      if (event.type === 'start') {
        usage = event.usage;
        return start(event.id, event.model);
      }
      let text = start('', '');
      if (event.type === 'text') {
        if (!inBlock) text += blockStart;
        inBlock = true;
        // Written by hand: one event a token.
        return `${text}event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":${JSON.stringify(event.text)}}}\n\n`;
      }
      ended = true;
      usage = event.usage ?? usage;
      if (inBlock) text += blockStop;
      const delta = { container: null, ...encodeStop(event.reason, event.stopSequence) };
      return `${text}${write('message_delta', { delta, usage: encodeDeltaUsage(usage) })}${messageStop}`;
    },
  };
}

function write(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

import type { JsonObject, ModelEvent, PartStart, ReasoningProof, StreamEncoder, Usage } from '../../wire-format.ts';
import { emptyCall, emptyMessage, emptyText } from './answer.ts';
import { encodeError } from './error.ts';
import { encodeStop } from './stop-reason.ts';
import { isRedacted, sealOf, writeThinkingBlock } from './thinking-block.ts';
import { encodeDeltaUsage, encodeUsage } from './usage.ts';

const messageStop = write('message_stop', {});
const ping = write('ping', {});

/** Type and field of the delta that carries more of a part. */
const deltas = {
  text: ['text_delta', 'text'],
  refusal: ['text_delta', 'text'],
  reasoning: ['thinking_delta', 'thinking'],
  'tool-call': ['input_json_delta', 'partial_json'],
} as const satisfies Record<PartStart['type'], readonly [type: string, field: string]>;

/**
 * Writes a message's events. Where the usage becomes known at the end only, `message_start` counts 0 tokens and
 * `message_delta` tells all of them, which the official clients take over. A block begins with the first character of
 * its part, a tool call at once. A proof is held until its part ends: there Anthropic sends a signature, and whether the
 * reasoning has a text decides what block it is.
 */
export function createEncoder(): StreamEncoder {
  let usage: Usage | undefined;
  let started = false;
  let ended = false;
  let part: PartStart = { type: 'text' };
  let proof: ReasoningProof | undefined;
  let inBlock = false;
  let blocks = 0;
  let deltaHead = '';

  const start = (id: string, model: string): string => {
    if (started) return '';
    started = true;
    return write('message_start', { message: { ...emptyMessage(id, model), usage: encodeUsage(usage) } });
  };

  const openBlock = (block: JsonObject): string => {
    const index = blocks;
    const [type, field] = deltas[part.type];
    deltaHead = `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":`;
    inBlock = true;
    blocks += 1;
    return write('content_block_start', { index, content_block: block });
  };

  const stopBlock = (): string => {
    if (!inBlock) return '';
    inBlock = false;
    return write('content_block_stop', { index: blocks - 1 });
  };

  const endPart = (): string => {
    let written = '';
    if (proof && isRedacted(proof, inBlock)) {
      written = stopBlock() + openBlock(writeThinkingBlock('', proof));
    } else if (proof) {
      if (!inBlock) written = openBlock(writeThinkingBlock('', undefined));
      const delta = { type: 'signature_delta', signature: sealOf(proof) };
      written += write('content_block_delta', { index: blocks - 1, delta });
    }
    proof = undefined;
    return written + stopBlock();
  };

  const beginPart = (next: PartStart): string => {
    const written = endPart();
    part = next;
    return next.type === 'tool-call' ? written + openBlock(emptyCall(next.id, next.name)) : written;
  };

  const addText = (text: string): string => {
    let written = '';
    if (!inBlock) written = openBlock(part.type === 'reasoning' ? writeThinkingBlock('', undefined) : emptyText());
    // Written by hand: one event a token.
    return `${written}${deltaHead}${JSON.stringify(text)}}}\n\n`;
  };

  const finish = (event: ModelEvent & { readonly type: 'finish' }): string => {
    ended = true;
    usage = event.usage ?? usage;
    const delta = { container: null, ...encodeStop(event.reason, event.stopSequence) };
    return `${endPart()}${write('message_delta', { delta, usage: encodeDeltaUsage(usage) })}${messageStop}`;
  };

  return {
    push(event) {
      if (ended) return '';
      if (event.type === 'ping') return ping;
      if (event.type === 'error') {
        ended = true;
        return `event: error\ndata: ${JSON.stringify(encodeError(event.error))}\n\n`;
      }
      if (event.type === 'start') {
        usage = event.usage;
        return start(event.id, event.model);
      }
      const written = start('', '');
      if (event.type === 'delta') return written + addText(event.text);
      if (event.type === 'part') return written + beginPart(event.part);
      if (event.type === 'finish') return written + finish(event);
      proof = event.proof;
      return written;
    },
  };
}

function write(type: string, fields: JsonObject): string {
  return `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
}

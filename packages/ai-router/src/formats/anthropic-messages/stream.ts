import type { JsonObject } from '../../wire-format.ts';
import { isObject, parseObject, textOf } from '../json.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { readBlock } from './block.ts';
import { decodeStreamError } from './error.ts';
import { mayMatter } from './may-matter.ts';
import { decodeStopReason } from './stop-reason.ts';
import { decodeUsage } from './usage.ts';

/** Deltas that add no text of their own: reasoning, left out by policy (see `readBlock`). */
const reasoningDeltas: ReadonlySet<unknown> = new Set(['thinking_delta', 'signature_delta']);

/**
 * Message events. Usage is cumulative: what `message_delta` says replaces what `message_start` said, field by field.
 * Blocks of tool use and other things that are not text make a translated answer fail; reasoning is left out.
 */
export const anthropicStream: StreamProtocol = {
  terminator: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  mayMatter,
  createReader(answer, { textOnly }) {
    let counts: JsonObject = {};

    const countTokens = (usage: JsonObject): void => {
      counts = { ...counts, ...Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== null)) };
    };

    const readMessageStart = (message: JsonObject): void => {
      if (isObject(message.usage)) countTokens(message.usage);
      answer.start(textOf(message.id) ?? '', textOf(message.model) ?? '', decodeUsage(counts));
    };

    const readBlockStart = (data: JsonObject): void => {
      const { text, lost } = readBlock(data.content_block, `content[${data.index ?? 0}]`);
      if (lost && textOnly) answer.lose(lost);
      else answer.text(text);
    };

    const readBlockDelta = (data: JsonObject): void => {
      const delta = isObject(data.delta) ? data.delta : {};
      if (delta.type === 'text_delta' && typeof delta.text === 'string') answer.text(delta.text);
      else if (textOnly && !reasoningDeltas.has(delta.type)) answer.lose(`content[${data.index ?? 0}]`);
    };

    const readMessageDelta = (data: JsonObject): void => {
      if (isObject(data.usage)) countTokens(data.usage);
      const usage = decodeUsage(counts);
      if (usage) answer.usage(usage);
      const delta = isObject(data.delta) ? data.delta : {};
      const reason = textOf(delta.stop_reason);
      if (reason !== undefined) answer.finish(decodeStopReason(reason), textOf(delta.stop_sequence));
    };

    return (event, text) => {
      const data = parseObject(text);
      if (!data) return false;
      const type = textOf(data.type) ?? event;
      if (type === 'message_start' && isObject(data.message)) readMessageStart(data.message);
      else if (type === 'content_block_start') readBlockStart(data);
      else if (type === 'content_block_delta') readBlockDelta(data);
      else if (type === 'message_delta') readMessageDelta(data);
      else if (type === 'message_stop') answer.terminate();
      else if (type === 'error' || event === 'error') answer.fail(decodeStreamError(data));
      return true;
    };
  },
};

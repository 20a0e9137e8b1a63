import type { JsonObject, PartStart } from '../../wire-format.ts';
import { isObject, parseObject, textOf } from '../json.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { foreignField } from './block.ts';
import { decodeStreamError } from './error.ts';
import { mayMatter } from './may-matter.ts';
import { decodeStopReason } from './stop-reason.ts';
import { readRedacted, readSignature } from './thinking-block.ts';
import { decodeUsage } from './usage.ts';

const text: PartStart = { type: 'text' };
const reasoning: PartStart = { type: 'reasoning' };

/**
 * Message events. Usage is cumulative: what `message_delta` says replaces what `message_start` said, field by field.
 * Blocks of tools that Anthropic runs itself, and citations, make a translated answer fail.
 */
export const anthropicStream: StreamProtocol = {
  terminator: 'event: message_stop\ndata: {"type":"message_stop"}\n\n',
  mayMatter,
  createReader(answer, { translating }) {
    let counts: JsonObject = {};
    /** The tool call under way, and the arguments it has if no piece of them arrives. */
    let call: { readonly part: PartStart; readonly unsaid: string } | undefined;

    const countTokens = (usage: JsonObject): void => {
      counts = { ...counts, ...Object.fromEntries(Object.entries(usage).filter(([, count]) => count !== null)) };
    };

    const readMessageStart = (message: JsonObject): void => {
      if (isObject(message.usage)) countTokens(message.usage);
      answer.start(textOf(message.id) ?? '', textOf(message.model) ?? '', decodeUsage(counts));
    };

    const lose = (path: string): void => {
      if (translating) answer.lose(path);
    };

    const readBlockStart = (index: number, block: JsonObject): void => {
      const path = `content[${index}]`;
      if (block.type === 'text') answer.add(index, text, textOf(block.text) ?? '');
      else if (block.type === 'thinking') {
        answer.add(index, reasoning, textOf(block.thinking) ?? '');
        readProof(index, block.signature);
      } else if (block.type === 'redacted_thinking' && typeof block.data === 'string') {
        answer.prove(index, readRedacted(block.data));
      } else if (block.type === 'tool_use') {
        const foreign = foreignField(block);
        if (foreign !== undefined) lose(`${path}.${foreign}`);
        const part: PartStart = { type: 'tool-call', id: textOf(block.id) ?? '', name: textOf(block.name) ?? '' };
        call = { part, unsaid: JSON.stringify(isObject(block.input) ? block.input : {}) };
        answer.add(index, part, '');
      } else lose(path);
    };

    const readProof = (index: number, signature: JsonObject[string]): void => {
      const proof = readSignature(signature);
      if (proof) answer.prove(index, proof);
    };

    const readBlockDelta = (index: number, delta: JsonObject): void => {
      const { type } = delta;
      if (type === 'text_delta') answer.add(index, text, textOf(delta.text) ?? '');
      else if (type === 'thinking_delta') answer.add(index, reasoning, textOf(delta.thinking) ?? '');
      else if (type === 'signature_delta') readProof(index, delta.signature);
      else if (type === 'input_json_delta') {
        const piece = textOf(delta.partial_json);
        if (!call || piece === undefined) return;
        call = { part: call.part, unsaid: '' };
        answer.add(index, call.part, piece);
      } else lose(type === 'citations_delta' ? `content[${index}].citations` : `content[${index}]`);
    };

    const readBlockStop = (index: number): void => {
      if (call) answer.add(index, call.part, call.unsaid);
      call = undefined;
    };

    const readMessageDelta = (data: JsonObject): void => {
      if (isObject(data.usage)) countTokens(data.usage);
      const usage = decodeUsage(counts);
      if (usage) answer.usage(usage);
      const delta = isObject(data.delta) ? data.delta : {};
      const reason = textOf(delta.stop_reason);
      if (reason !== undefined) answer.finish(decodeStopReason(reason), textOf(delta.stop_sequence));
    };

    return (event, line) => {
      const data = parseObject(line);
      if (!data) return false;
      const type = textOf(data.type) ?? event;
      const index = typeof data.index === 'number' ? data.index : 0;
      if (type === 'message_start' && isObject(data.message)) readMessageStart(data.message);
      else if (type === 'content_block_start' && isObject(data.content_block))
        readBlockStart(index, data.content_block);
      else if (type === 'content_block_delta' && isObject(data.delta)) readBlockDelta(index, data.delta);
      else if (type === 'content_block_stop') readBlockStop(index);
      else if (type === 'message_delta') readMessageDelta(data);
      else if (type === 'message_stop') answer.terminate();
      else if (type === 'ping' && answer.started()) answer.ping();
      else if (type === 'error' || event === 'error') answer.fail(decodeStreamError(data));
      return true;
    };
  },
};

import type { JsonObject, PartStart, ReasoningProof, StreamEncoder, Usage } from '../../wire-format.ts';
import { completionId } from './answer.ts';
import { encodeError } from './error.ts';
import { encodeFinishReason } from './finish-reason.ts';
import { sentAsOf } from './sent-as.ts';
import { encodeUsage } from './usage.ts';
import { writeProof } from './write-reasoning.ts';

/** The part under way. */
interface OpenPart {
  readonly type: PartStart['type'];
  /** Among the tool calls, or among the stretches of reasoning. */
  readonly position: number;
  /** Whether anything of it was written. */
  said: boolean;
  proof?: ReasoningProof;
}

/**
 * Writes chunks as OpenAI does: the role first, then the deltas, the finish reason, usage if the client asked for it,
 * `[DONE]`. Reasoning is written both plain and as the details that clients send back. A proof is held until its part
 * ends: only then it is known whether it is that of a text.
 */
export function createEncoder(streamUsage: boolean, now: () => number): StreamEncoder {
  let head = '';
  let tail = '';
  let usage: Usage | undefined;
  let ended = false;
  let open: OpenPart | undefined;
  let calls = 0;
  let thoughts = 0;
  let refused = false;
  let extra: JsonObject | undefined;

  const start = (id: string, model: string): string => {
    const created = Math.floor(now() / 1000);
    const fields = JSON.stringify({ id: id || completionId(), object: 'chat.completion.chunk', created, model });
    head = `data: ${fields.slice(0, -1)},"choices":[`;
    tail = streamUsage ? '],"usage":null}\n\n' : ']}\n\n';
    return chunk('{"role":"assistant","content":"","refusal":null}', null);
  };
  // Written by hand: one chunk a token, and only the delta differs.
  const chunk = (delta: string, finishReason: string | null): string =>
    `${head}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${JSON.stringify(finishReason)}}${tail}`;
  const usageChunk = (): string =>
    streamUsage && usage ? `${head}],"usage":${JSON.stringify(encodeUsage(usage))}}\n\n` : '';

  const begin = (part: PartStart): string => {
    const closed = close();
    if (part.type !== 'tool-call') {
      refused ||= part.type === 'refusal';
      open = { type: part.type, position: thoughts, said: false };
      if (part.type === 'reasoning') thoughts += 1;
      return closed;
    }
    open = { type: part.type, position: calls, said: false };
    calls += 1;
    const call: JsonObject = {
      index: open.position,
      id: part.id,
      type: 'function',
      function: { name: part.name, arguments: '' },
      ...(extra && { extra_content: extra }),
    };
    extra = undefined;
    return closed + chunk(JSON.stringify({ tool_calls: [call] }), null);
  };

  const close = (): string => {
    const part = open;
    open = undefined;
    if (!part) return '';
    // Clients read the arguments as JSON, which no text at all is not.
    if (part.type === 'tool-call') return part.said ? '' : chunk(argumentsDelta(part.position, '"{}"'), null);
    if (!part.proof) return '';
    const sent = sentAsOf(part.proof);
    if (sent?.as === 'extra_content') {
      extra = sent.extra;
      return '';
    }
    const theirs = sent?.as === 'detail' ? sent.detail : undefined;
    const detail = theirs ?? writeProof(part.proof, part.said);
    // The number ties a proof to its text.
    const index = part.said || !theirs ? { index: part.position } : {};
    return chunk(JSON.stringify({ reasoning_details: [{ ...detail, ...index }] }), null);
  };

  const add = (part: OpenPart, text: string): string => {
    part.said = true;
    const piece = JSON.stringify(text);
    if (part.type === 'tool-call') return chunk(argumentsDelta(part.position, piece), null);
    if (part.type !== 'reasoning') return chunk(`{"${part.type === 'text' ? 'content' : 'refusal'}":${piece}}`, null);
    const detail = `{"type":"reasoning.text","text":${piece},"index":${part.position}}`;
    return chunk(`{"reasoning_content":${piece},"reasoning_details":[${detail}]}`, null);
  };

  return {
    push(event) {
      if (ended || event.type === 'ping') return '';
      if (event.type === 'error') {
        ended = true;
        return `data: ${JSON.stringify(encodeError(event.error))}\n\n`;
      }
      if (event.type === 'start') {
        usage = event.usage;
        return head === '' ? start(event.id, event.model) : '';
      }
      const role = head === '' ? start('', '') : '';
      if (event.type === 'part') return role + begin(event.part);
      if (event.type === 'delta') {
        open ??= { type: 'text', position: 0, said: false };
        return role + add(open, event.text);
      }
      if (event.type === 'proof') {
        if (open) open.proof = event.proof;
        return role;
      }
      ended = true;
      usage = event.usage ?? usage;
      const closed = role + close();
      return `${closed}${chunk('{}', encodeFinishReason(event.reason, refused))}${usageChunk()}data: [DONE]\n\n`;
    },
  };
}

const argumentsDelta = (position: number, text: string): string =>
  `{"tool_calls":[{"index":${position},"function":{"arguments":${text}}}]}`;

import type { AssistantPart, JsonObject, ReasoningPart } from '../../wire-format.ts';
import { sentAsOf } from './sent-as.ts';
import { writeCall } from './tool-calls.ts';
import { writeReasoning } from './write-reasoning.ts';

/** Writes a message of the assistant's, in an answer or in a request that repeats it. */
export function writeAssistant(content: readonly AssistantPart[]): JsonObject {
  let text = '';
  let refusal = '';
  let extra: JsonObject | undefined;
  const reasoning: ReasoningPart[] = [];
  const calls: JsonObject[] = [];
  for (const part of content) {
    if (part.type === 'text') text += part.text;
    else if (part.type === 'refusal') refusal += part.text;
    else if (part.type === 'tool-call') {
      calls.push(writeCall(part, extra));
      extra = undefined;
    } else {
      const sent = sentAsOf(part.proof);
      if (sent?.as === 'extra_content') extra = sent.extra;
      else reasoning.push(part);
    }
  }
  return {
    role: 'assistant',
    content: text === '' && (refusal !== '' || calls.length > 0) ? null : text,
    ...(refusal !== '' && { refusal }),
    ...writeReasoning(reasoning),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

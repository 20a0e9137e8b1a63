import { collectAnswer } from './answer-events.ts';
import { askedSchema } from './asked-schema.ts';
import { answerRejected } from './errors.ts';
import type { AnswerCheck } from './route.ts';
import type { JsonObject, ModelAnswer, WireFormat } from './wire-format.ts';

/** Reads an answer that was held back and throws where the route does not accept it. */
export function checkHeld(
  format: WireFormat,
  check: AnswerCheck,
  request: JsonObject,
): (body: Buffer, isStream: boolean) => void {
  return (body, isStream) => {
    const answer = isStream ? collected(format, body) : format.decodeAnswer(JSON.parse(body.toString()));
    const reason = check(answer, { schema: askedSchema(request) });
    if (reason !== undefined) throw answerRejected(reason);
  };
}

function collected(format: WireFormat, bytes: Buffer): ModelAnswer {
  const decoder = format.streamDecoder();
  const events = [...decoder.push(bytes), ...decoder.end()];
  const parts = collectAnswer();
  for (const event of events) parts.push(event);
  const start = events.find(({ type }) => type === 'start');
  const finish = events.at(-1);
  return {
    id: start?.type === 'start' ? start.id : '',
    model: start?.type === 'start' ? start.model : '',
    content: parts.content(),
    finishReason: finish?.type === 'finish' ? finish.reason : 'other',
  };
}

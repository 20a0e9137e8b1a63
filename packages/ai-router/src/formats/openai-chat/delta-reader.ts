import type { Json, JsonObject, PartStart } from '../../wire-format.ts';
import type { AnswerProgress } from '../answer-progress.ts';
import { isList, isObject, textOf } from '../json.ts';
import { readPieces } from './content.ts';
import { foreignField } from './message.ts';
import { append, readThoughts, sealOf, type Thought } from './thoughts.ts';
import { argumentsOf, madeUpId, nameOf, readExtra } from './tool-calls.ts';

/** Reads the deltas of one streamed message into the answer's progress. */
export interface DeltaReader {
  refused(): boolean;
  calls(): boolean;
  read(delta: JsonObject, answerId: string): void;
  /** The message is finished. */
  end(): void;
}

interface RunningCall {
  readonly key: string;
  readonly id: string;
  readonly part: PartStart;
}

const text: PartStart = { type: 'text' };
const refusal: PartStart = { type: 'refusal' };
const reasoning: PartStart = { type: 'reasoning' };
const path = 'choices[0].delta';

/** `lose` is told of a field that no other protocol can carry. */
export function createDeltaReader(answer: AnswerProgress, lose: (path: string) => void): DeltaReader {
  let refused = false;
  /** The reasoning under way, without its text. Its proof is told where it ends: pieces of it may come with each piece of text. */
  let stretch: Thought | undefined;
  /** The calls by the server's count. */
  const running = new Map<Json | undefined, RunningCall>();
  let calls = 0;

  const endThought = (): void => {
    const proof = stretch && sealOf(stretch);
    if (stretch && proof) answer.prove(stretch.key, proof);
    stretch = undefined;
  };

  const think = (thought: Thought): void => {
    if (stretch && stretch.key !== thought.key) endThought();
    answer.add(thought.key, reasoning, thought.text);
    const unsaid = { ...thought, text: '' };
    stretch = stretch ? append(stretch, unsaid) : unsaid;
  };

  const say = (part: PartStart, piece: string): void => {
    if (piece === '') return;
    endThought();
    answer.add(part.type, part, piece);
  };

  const beginCall = (call: JsonObject, position: number, answerId: string): RunningCall | undefined => {
    const name = nameOf(call);
    if (name === undefined) {
      lose(`${path}.tool_calls[${position}]`);
      return undefined;
    }
    endThought();
    const id = textOf(call.id) ?? madeUpId(answerId, calls);
    const begun: RunningCall = { key: `call ${calls}`, id, part: { type: 'tool-call', id, name } };
    const { proof } = readExtra(call) ?? {};
    if (proof) answer.prove(`extra ${calls}`, proof);
    calls += 1;
    running.set(call.index, begun);
    return begun;
  };

  /** Some servers repeat a call's id and name with each piece, and some count every call as the first, or not at all. */
  const isAnother = (call: JsonObject, { id }: RunningCall): boolean => {
    if (nameOf(call) === undefined) return false;
    const told = textOf(call.id);
    return typeof call.index !== 'number' || (told !== undefined && told !== id);
  };

  const readCall = (call: Json, position: number, answerId: string): void => {
    if (!isObject(call)) return;
    const known = running.get(call.index);
    const current = known && !isAnother(call, known) ? known : beginCall(call, position, answerId);
    if (current) answer.add(current.key, current.part, argumentsOf(call));
  };

  return {
    refused: () => refused,
    calls: () => calls > 0,
    read(delta, answerId) {
      const foreign = foreignField(delta, path);
      if (foreign) return lose(foreign);
      for (const thought of readThoughts(delta)) think(thought);
      const { pieces, lost } = readPieces(delta.content, `${path}.content`);
      for (const piece of pieces) typeof piece === 'string' ? say(text, piece) : think(piece);
      if (lost) return lose(lost);
      refused ||= textOf(delta.refusal) !== undefined;
      say(refusal, textOf(delta.refusal) ?? '');
      if (!isList(delta.tool_calls)) return;
      for (const [position, call] of delta.tool_calls.entries()) readCall(call, position, answerId);
    },
    end: endThought,
  };
}

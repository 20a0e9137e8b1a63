import { readdirSync, readFileSync } from 'node:fs';
import type {
  AnswerFixture,
  ErrorFixture,
  RequestFixture,
  StreamFixture,
  WireFormatFixtures,
} from '../../src/testing/wire-format.ts';
import type { Protocol } from '../../src/wire-format.ts';

const root = new URL('../__fixtures__/', import.meta.url);

/** Reads the fixtures of a protocol: a JSON file each, with the bytes of a stream in an `.sse` file beside it. */
export function readFixtures(protocol: Protocol): WireFormatFixtures {
  const folder = new URL(`${protocol}/`, root);
  const read = (path: string) => JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
  const list = <Fixture>(kind: string): Fixture[] =>
    readdirSync(new URL(kind, folder))
      .filter((file) => file.endsWith('.json'))
      .map((file) => ({ name: file.slice(0, -'.json'.length), ...read(`${kind}/${file}`) }));
  return {
    requests: list<RequestFixture>('requests'),
    refusals: read('refusals.json'),
    answers: list<AnswerFixture>('answers'),
    refusedAnswers: read('refused-answers.json'),
    streams: list<Omit<StreamFixture, 'bytes'>>('streams').map((stream) => ({
      ...stream,
      bytes: readFileSync(new URL(`streams/${stream.name}.sse`, folder)),
    })),
    errors: list<ErrorFixture>('errors'),
  };
}

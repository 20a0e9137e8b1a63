import { splitEvents } from '../sse.ts';
import type { ModelEvent, StreamDecoder } from '../wire-format.ts';
import { trackAnswer } from './answer-progress.ts';
import { eventTooLarge, type StreamProtocol } from './stream-protocol.ts';

export function createDecoder(protocol: StreamProtocol): StreamDecoder {
  let events: ModelEvent[] = [];
  let skipped = false;
  let calls = false;
  const answer = trackAnswer((event) => {
    if (event.type === 'finish' && !answer.isFinished()) {
      // Ended as the protocol wants it, without a word on why: whole, but nothing to keep.
      skipped = true;
      events.push({ ...event, reason: calls ? 'tool-calls' : 'stop' });
      return;
    }
    calls ||= event.type === 'part' && event.part.type === 'tool-call';
    events.push(event);
  });
  const read = protocol.createReader(answer, { translating: true });
  const splitter = splitEvents(({ event, data }) => {
    if (answer.outcome() !== 'open') return;
    if (!read(event, data)) skipped = true;
  });

  const drain = (): readonly ModelEvent[] => {
    const drained = events;
    events = [];
    return drained;
  };

  return {
    isFinished: () => answer.isFinished(),
    skipped: () => skipped,
    push(chunk) {
      if (answer.outcome() === 'open' && !splitter.push(chunk)) answer.fail(eventTooLarge);
      return drain();
    },
    end() {
      splitter.flush();
      answer.end();
      return drain();
    },
  };
}

import { readEvent, splitFrames } from '../sse.ts';
import type { ErrorInfo, FinishReason, StreamTap } from '../wire-format.ts';
import { trackAnswer } from './answer-progress.ts';
import { eventTooLarge, type StreamProtocol } from './stream-protocol.ts';

/** Watches a stream by parsing only the events that can tell more than text, found by their bytes. */
export function createTap(protocol: StreamProtocol): StreamTap {
  let model: string | undefined;
  let finishReason: FinishReason | undefined;
  let error: ErrorInfo | undefined;

  const answer = trackAnswer((event) => {
    if (event.type === 'error') error = event.error;
    else if (event.type === 'start') model = event.model;
    else if (event.type === 'finish') finishReason = event.reason;
  });
  const read = protocol.createReader(answer, { translating: false });

  const splitter = splitFrames((bytes, start, end) => {
    if (answer.terminated() || (answer.hasContent() && !protocol.mayMatter(bytes, start, end))) return;
    const event = readEvent(bytes, start, end);
    if (event) read(event.event, event.data);
  });

  return {
    hasContent: () => answer.hasContent(),
    isFinished: () => answer.isFinished(),
    failure: () => (answer.outcome() === 'error' ? error : undefined),
    push(chunk) {
      if (answer.terminated()) return true;
      if (!splitter.push(chunk)) answer.fail(eventTooLarge);
      return answer.terminated();
    },
    end() {
      const unended = !answer.terminated() && splitter.flush();
      answer.end();
      const reached = answer.outcome();
      const outcome = reached === 'open' ? 'cut' : reached;
      const usage = answer.usageSoFar();
      const closing = (unended ? '\n\n' : '') + (answer.terminated() ? '' : protocol.terminator);
      return {
        outcome,
        ...(model && { model }),
        ...(finishReason && { finishReason }),
        ...(usage && { usage }),
        ...(outcome === 'error' && error && { error }),
        ...(outcome === 'complete' && closing !== '' && { closing }),
      };
    },
  };
}

import { splitEvents } from './sse.ts';
import type { AnswerSummary, ModelEvent, Usage, WireFormat } from './wire-format.ts';

/** An answer on its way from the provider's protocol to the client's, chunk by chunk. */
export interface StreamPath {
  /** Returns the bytes to pass on, and whether the answer's terminator has been seen. */
  push(chunk: Buffer): { readonly bytes: Buffer | undefined; readonly done: boolean };
  end(): { readonly bytes: Buffer | undefined; readonly summary: AnswerSummary };
  /** Whether a complete answer is worth keeping: no event of it was malformed. `whole`: all bytes passed on. */
  isSound(whole: Buffer): boolean;
}

/**
 * Same protocol on both sides: the bytes pass as they are, watched by a tap. `needsTerminator`: a finish reason alone does
 * not make the answer whole.
 */
export function relayStream(format: WireFormat, needsTerminator: boolean): StreamPath {
  const tap = format.streamTap();
  return {
    push: (chunk) => ({ bytes: chunk, done: tap.push(chunk) }),
    end() {
      const seen = tap.end();
      const lacksEnd = needsTerminator && seen.closing !== undefined && seen.outcome === 'complete';
      const summary: AnswerSummary = lacksEnd ? { ...seen, outcome: 'cut' } : seen;
      return { bytes: summary.closing ? Buffer.from(summary.closing) : undefined, summary };
    },
    isSound: readable,
  };
}

/** Different protocols: decoded into events and written anew. */
export function translateStream(upstream: WireFormat, client: WireFormat, streamUsage: boolean): StreamPath {
  const decoder = upstream.streamDecoder();
  const encoder = client.streamEncoder({ streamUsage });
  let last: ModelEvent | undefined;
  let model: string | undefined;
  let usage: Usage | undefined;

  const encode = (events: readonly ModelEvent[]): Buffer | undefined => {
    let text = '';
    for (const event of events) {
      last = event;
      if (event.type === 'start') model = event.model;
      if ((event.type === 'start' || event.type === 'finish') && event.usage) usage = event.usage;
      // A cut is reported once, by whoever asked for the end.
      if (event.type !== 'error' || event.error.code !== 'ROUTER_UPSTREAM_CUT') text += encoder.push(event);
    }
    return text === '' ? undefined : Buffer.from(text);
  };

  const summarise = (): AnswerSummary => ({
    outcome: last?.type === 'finish' ? 'complete' : isCut(last) ? 'cut' : 'error',
    ...(model !== undefined && { model }),
    ...(usage && { usage }),
    ...(last?.type === 'finish' && { finishReason: last.reason }),
    ...(last?.type === 'error' && { error: last.error }),
  });

  return {
    push(chunk) {
      const bytes = encode(decoder.push(chunk));
      return { bytes, done: last?.type === 'finish' || last?.type === 'error' };
    },
    end() {
      const bytes = last?.type === 'finish' || last?.type === 'error' ? undefined : encode(decoder.end());
      return { bytes, summary: summarise() };
    },
    isSound: () => !decoder.skipped,
  };
}

/** Whether every event of a relayed stream can be read. The tap reads few of them; a stored one is served for hours. */
function readable(whole: Buffer): boolean {
  let sound = true;
  const splitter = splitEvents(({ data }) => {
    sound &&= data === '' || data === '[DONE]' || isJson(data);
  });
  return splitter.push(whole) && sound;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const isCut = (last: ModelEvent | undefined): boolean =>
  last === undefined || (last.type === 'error' ? last.error.code === 'ROUTER_UPSTREAM_CUT' : last.type !== 'finish');

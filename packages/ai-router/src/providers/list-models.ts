import { answerInvalid, answerTooLarge, RouterError } from '../errors.ts';
import { formats } from '../formats/index.ts';
import type { AnswerReceiver, CallControl } from '../provider.ts';
import type { Redact } from '../redact.ts';
import type { Json, Protocol } from '../wire-format.ts';

export interface ModelListOptions {
  readonly provider: string;
  readonly protocol: Protocol;
  readonly signal?: AbortSignal | undefined;
  /** For what it says where it refuses. */
  readonly redact: Redact;
}

/** The longest lists of any provider are a few megabytes. */
const maxListBytes = 33_554_432;

/** Reads the list of models that a call brings. Rejects with a `RouterError`, or the signal's reason. */
export function listModels(
  send: (receiver: AnswerReceiver) => CallControl,
  options: ModelListOptions,
): Promise<readonly string[]> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const chunks: Buffer[] = [];
    let status = 0;
    let size = 0;
    const onAbort = (): void => {
      control.abort();
      reject(signal?.reason);
    };
    const control = send({
      onHead: (code) => {
        status = code;
      },
      onData: (chunk) => {
        size += chunk.byteLength;
        chunks.push(chunk);
        if (size <= maxListBytes) return;
        chunks.length = 0;
        signal?.removeEventListener('abort', onAbort);
        control.abort();
        reject(answerTooLarge(options.provider, maxListBytes));
      },
      onEnd: () => {
        signal?.removeEventListener('abort', onAbort);
        // A fault while reading is this promise's: the transport would only see a callback that throws.
        try {
          resolve(read(status, Buffer.concat(chunks).toString(), options));
        } catch (error) {
          reject(error);
        }
      },
      onError: (error) => {
        signal?.removeEventListener('abort', onAbort);
        reject(error);
      },
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** OpenAI's and Anthropic's lists agree on `{ data: [{ id }] }`. */
function read(status: number, text: string, { provider, protocol, redact }: ModelListOptions): string[] {
  const body = parse(text);
  if (status !== 200) {
    const { message, type } = formats[protocol].decodeError(status, body ?? text.slice(0, 2000));
    const said = `${provider} would not list its models (${status}): ${redact(message)}`;
    throw new RouterError('ROUTER_UPSTREAM_STATUS', said, { status, provider, type: redact(type) });
  }
  const data = (body as { data?: unknown } | null | undefined)?.data;
  if (!Array.isArray(data)) {
    throw answerInvalid(`${provider} did not answer with a list of models. Check its base URL, or set its "models".`);
  }
  return data.flatMap((entry: { id?: unknown } | null) => (typeof entry?.id === 'string' ? [entry.id] : []));
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

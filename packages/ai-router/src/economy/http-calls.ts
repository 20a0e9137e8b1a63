import { answerInvalid, answerTooLarge, upstreamRefused } from '../errors.ts';
import { parseObject } from '../formats/json.ts';
import type { AnswerReceiver, CallControl, Timeouts } from '../provider.ts';
import { type Redact, redactError } from '../redact.ts';
import type { Json, JsonObject, WireFormat } from '../wire-format.ts';

/** A call to a provider's API beside its models. */
export interface ApiCall {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, with its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** @default "application/json" */
  readonly contentType?: string;
  readonly body?: Uint8Array | string;
  readonly timeouts: Timeouts;
}

/** Starts a call with a provider's own connections and credentials. */
export type SendCall = (call: ApiCall, receiver: AnswerReceiver) => CallControl;

/** How a provider's API is asked for documents and lists. */
export interface ApiCaller {
  /** Resolves with the JSON object answered; rejects with the provider's error. */
  json(call: ApiCall, signal: AbortSignal): Promise<JsonObject>;
  /** Tells each line of a text that is not empty. */
  lines(call: ApiCall, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
}

/** What JSON answers of such an API may take, bytes: lists of batches. */
const maxJsonBytes = 33_554_432;
/** One answer of a model. */
const maxLineBytes = 134_217_728;

interface ApiCallerOptions {
  readonly provider: string;
  readonly format: WireFormat;
  /** For what it says where it refuses. */
  readonly redact: Redact;
}

export function createApiCaller(send: SendCall, { provider, format, redact }: ApiCallerOptions): ApiCaller {
  const call = (request: ApiCall, onData: (chunk: Buffer) => void, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      let status = 0;
      let refusal = '';
      const onAbort = (): void => settle(() => reject(signal.reason), true);
      const settle = (act: () => void, cancels = false): void => {
        signal.removeEventListener('abort', onAbort);
        if (cancels) control.abort();
        act();
      };
      const control = send(request, {
        onHead(code) {
          status = code;
        },
        onData(chunk) {
          if (status !== 200) {
            refusal = (refusal + chunk.toString()).slice(0, maxRefusalLength);
            return;
          }
          // A fault while reading is this promise's: the transport would only see a callback that throws.
          try {
            onData(chunk);
          } catch (error) {
            settle(() => reject(error), true);
          }
        },
        onEnd() {
          settle(() => {
            if (status === 200) resolve();
            else {
              const error = format.decodeError(status, parseObject(refusal) ?? refusal.slice(0, 2000));
              reject(upstreamRefused(provider, redactError(error, redact)));
            }
          });
        },
        onError: (error) => settle(() => reject(error)),
      });
      signal.addEventListener('abort', onAbort, { once: true });
    });

  return {
    async json(request, signal) {
      const chunks: Buffer[] = [];
      let size = 0;
      await call(
        request,
        (chunk) => {
          size += chunk.byteLength;
          if (size > maxJsonBytes) throw answerTooLarge(provider, maxJsonBytes);
          chunks.push(chunk);
        },
        signal,
      );
      const body = parseObject(Buffer.concat(chunks).toString());
      if (!body)
        throw answerInvalid(`${provider} did not answer ${request.path} with a JSON object. Check its base URL.`);
      return body;
    },
    async lines(request, onLine, signal) {
      let held: Buffer[] = [];
      let size = 0;
      const tell = (last: Buffer): void => {
        const line = (held.length === 0 ? last : Buffer.concat([...held, last])).toString().trim();
        held = [];
        size = 0;
        if (line !== '') onLine(line);
      };
      await call(
        request,
        (chunk) => {
          let from = 0;
          for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
            tell(chunk.subarray(from, end));
            from = end + 1;
          }
          if (from === chunk.byteLength) return;
          held.push(chunk.subarray(from));
          size += chunk.byteLength - from;
          if (size > maxLineBytes) throw answerTooLarge(provider, maxLineBytes);
        },
        signal,
      );
      tell(Buffer.alloc(0));
    },
  };
}

const maxRefusalLength = 16_384;

/** The text of a field, or undefined. */
export const textField = (object: JsonObject, name: string): string | undefined => {
  const value: Json | undefined = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

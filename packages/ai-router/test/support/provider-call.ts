import type { RouterError } from '../../src/errors.ts';
import { openaiChat } from '../../src/formats/openai-chat.ts';
import { type CallControl, defaultTimeouts, type Provider, type Timeouts } from '../../src/provider.ts';
import type { JsonObject, ModelRequest } from '../../src/wire-format.ts';

export interface ProviderOutcome {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  text: string;
  ended: number;
  error: RouterError | undefined;
}

export interface ProviderCallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly timeouts?: Timeouts;
  /** Added to the body. */
  readonly body?: JsonObject;
  readonly onData?: (control: CallControl) => void;
}

/** Makes one call in chat completions, and keeps what comes of it. */
export function callProvider(provider: Provider, request: ModelRequest, options: ProviderCallOptions = {}) {
  const outcome: ProviderOutcome = { status: 0, headers: {}, text: '', ended: 0, error: undefined };
  const { promise: done, resolve } = Promise.withResolvers<ProviderOutcome>();
  const control: CallControl = provider.send(
    {
      protocol: 'openai-chat',
      body: JSON.stringify({ ...openaiChat.encodeRequest({ ...request, streamUsage: true }), ...options.body }),
      stream: request.stream,
      headers: options.headers ?? {},
      timeouts: options.timeouts ?? defaultTimeouts,
    },
    {
      onHead(status, headers) {
        outcome.status = status;
        outcome.headers = headers;
      },
      onData(chunk) {
        outcome.text += chunk.toString();
        options.onData?.(control);
      },
      onEnd() {
        outcome.ended += 1;
        resolve(outcome);
      },
      onError(error) {
        outcome.error = error;
        resolve(outcome);
      },
    },
  );
  return { control, outcome, done };
}

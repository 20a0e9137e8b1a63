import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RouterError } from '../errors.ts';
import { formats } from '../formats/index.ts';
import { readVectors } from '../formats/vectors.ts';
import { defaultTimeouts, type Provider, type ProviderCall } from '../provider.ts';
import type { AssistantPart, ModelEvent, ModelRequest, Protocol } from '../wire-format.ts';

export interface ProviderKitOptions {
  /** Makes the provider under test; called once. */
  readonly create: () => Provider | Promise<Provider>;
  /** A model that answers any question with text. */
  readonly model: string;
  /** A model that makes embeddings. @default none: they are not tested */
  readonly embeddingModel?: string;
  /** Stops whatever `create` started. */
  readonly dispose?: () => Promise<void>;
}

interface Received {
  status: number;
  contentType: string;
  text: string;
  ended: number;
  error: RouterError | undefined;
}

/** The behaviour that every provider shares, in every protocol it speaks. Needs vitest. */
export function testProvider(name: string, options: ProviderKitOptions): void {
  describe(`provider ${name}`, () => {
    let provider: Provider;
    beforeAll(async () => {
      provider = await options.create();
    });
    afterAll(async () => {
      await provider.close();
      await options.dispose?.();
    });

    it('has an id without a slash, and protocols', () => {
      expect(provider.id).toMatch(/^[^/]+$/);
      expect(provider.protocols.length).toBeGreaterThan(0);
    });

    it('lists its models', async () => {
      expect(await provider.models()).toContain(options.model);
    });

    for (const stream of [false, true]) {
      it(`answers ${stream ? 'as a stream' : 'whole'} in each protocol it speaks`, async () => {
        for (const protocol of chatProtocols(provider)) {
          const { received, done } = send(provider, call(provider, options.model, stream, protocol));
          await done;
          expect(received.error).toBeUndefined();
          expect(received.status).toBe(200);
          expect(received.ended).toBe(1);
          expect(textOf(protocol, received.text, stream)).not.toBe('');
          if (stream) expect(received.contentType).toMatch(/^text\/event-stream/);
        }
      });
    }

    it('calls nothing before it has returned, and nothing after an abort', async () => {
      const { received, control } = send(provider, call(provider, options.model, true));
      expect(received.status).toBe(0);
      control.abort();
      control.abort();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(received).toMatchObject({ status: 0, text: '', ended: 0, error: undefined });
    });

    it('answers several calls at once', async () => {
      const calls = Array.from({ length: 10 }, () => send(provider, call(provider, options.model, true)));
      await Promise.all(calls.map(({ done }) => done));
      expect(calls.every(({ received }) => received.ended === 1 && !received.error)).toBe(true);
    });

    it('refuses an unknown model with an error body of its protocol', async () => {
      for (const protocol of chatProtocols(provider)) {
        const { received, done } = send(provider, call(provider, 'no-such-model', false, protocol));
        await done;
        expect(received.status).toBeGreaterThanOrEqual(400);
        expect(JSON.parse(received.text)).toHaveProperty('error');
      }
    });

    it('keeps everything through a pause', async () => {
      const whole = send(provider, call(provider, options.model, true));
      await whole.done;
      const paused = send(provider, call(provider, options.model, true), (control) => {
        control.pause();
        setTimeout(control.resume, 10);
      });
      await paused.done;
      const [protocol = 'openai-chat'] = chatProtocols(provider);
      expect(textOf(protocol, paused.received.text, true)).toBe(textOf(protocol, whole.received.text, true));
    });

    const { embeddingModel } = options;
    if (embeddingModel !== undefined) {
      it('makes a vector for each text', async () => {
        const { received, done } = send(provider, {
          ...call(provider, options.model, false),
          protocol: 'openai-embeddings',
          body: JSON.stringify({ model: embeddingModel, input: ['hello', 'world'] }),
        });
        await done;
        expect(received).toMatchObject({ status: 200, ended: 1, error: undefined });
        expect(readVectors(Buffer.from(received.text), 2)).toHaveLength(2);
      });
    }

    it('closes twice, and then only fails', async () => {
      const other = await options.create();
      await other.close();
      await other.close();
    });
  });
}

const chatProtocols = ({ protocols }: Provider): readonly Protocol[] =>
  protocols.filter((protocol) => formats[protocol].operation === 'chat');

function call(provider: Provider, model: string, stream: boolean, protocol = chatProtocols(provider)[0]): ProviderCall {
  if (!protocol) throw new Error('the provider speaks no protocol');
  const format = formats[protocol];
  const messages = [{ role: 'user', content: [{ type: 'text', text: 'Say hello.' }] }] as const;
  const request: ModelRequest = { model, messages, maxTokens: 64, stream };
  return {
    protocol,
    body: JSON.stringify(format.encodeRequest(request)),
    stream,
    headers: {},
    timeouts: defaultTimeouts,
  };
}

function send(provider: Provider, request: ProviderCall, onFirst?: (control: ReturnType<Provider['send']>) => void) {
  const received: Received = { status: 0, contentType: '', text: '', ended: 0, error: undefined };
  const chunks: Buffer[] = [];
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const control = provider.send(request, {
    onHead(status, headers) {
      received.status = status;
      received.contentType = String(headers['content-type']);
    },
    onData(chunk) {
      chunks.push(chunk);
      if (chunks.length === 1) onFirst?.(control);
    },
    onEnd() {
      received.text = Buffer.concat(chunks).toString();
      received.ended++;
      resolve();
    },
    onError(error) {
      received.error = error;
      resolve();
    },
  });
  return { received, control, done };
}

/** What the model said, reasoning left out. */
function textOf(protocol: Protocol, body: string, stream: boolean): string {
  const format = formats[protocol];
  if (!stream)
    return format
      .decodeAnswer(JSON.parse(body))
      .content.filter(isText)
      .map(({ text }) => text)
      .join('');
  const decoder = format.streamDecoder();
  const events: ModelEvent[] = [...decoder.push(Buffer.from(body)), ...decoder.end()];
  expect(events.at(-1)?.type).toBe('finish');
  const texts = new Set(
    events.flatMap((event) => (event.type === 'part' && event.part.type === 'text' ? [event.index] : [])),
  );
  return events.map((event) => (event.type === 'delta' && texts.has(event.index) ? event.text : '')).join('');
}

const isText = (part: AssistantPart): part is Extract<AssistantPart, { type: 'text' }> => part.type === 'text';

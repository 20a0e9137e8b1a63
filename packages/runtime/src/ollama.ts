import type { IncomingMessage } from 'node:http';
import type { Detection } from './environment.ts';
import { ollamaAddress } from './ollama-address.ts';

/** Whether anything listens there. `node:net` loads in a tenth of the time that `node:http` takes. */
const isListening = async (address: string, signal: AbortSignal): Promise<boolean> => {
  // Not imported, as below.
  const { connect } = process.getBuiltinModule('node:net');
  const { protocol, hostname, port } = new URL(address);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || (protocol === 'https:' ? 443 : 80)),
    signal,
  });
  return new Promise((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).then((listens) => {
    socket.on('error', () => {}).destroy();
    return listens === true;
  });
};

const get = async (address: string, signal: AbortSignal): Promise<string | undefined> => {
  if (!(await isListening(address, signal))) return undefined;
  // Importing node:http would read every one of its exports, and with them load Node's whole fetch and WebSocket.
  const { get: request } = process.getBuiltinModule(address.startsWith('https:') ? 'node:https' : 'node:http');
  return new Promise((resolve) => {
    const done = () => resolve(undefined);
    const receive = (response: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', done);
      response.on('end', () => resolve(response.statusCode === 200 ? Buffer.concat(chunks).toString() : undefined));
    };
    request(address, { signal, agent: false }, receive).on('error', done);
  });
};

const countModels = (text: string): number | undefined => {
  try {
    const body: unknown = JSON.parse(text);
    const models = typeof body === 'object' && body !== null && 'models' in body ? body.models : undefined;
    return Array.isArray(models) ? models.length : undefined;
  } catch {
    return undefined;
  }
};

export interface DetectOllamaOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** How long it may take to answer, milliseconds. A closed port is known at once. @default 150 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Looks for an Ollama that answers, at `OLLAMA_HOST` or its usual port. Never fails. */
export const detectOllama = async (options: DetectOllamaOptions): Promise<Detection> => {
  const nothing: Detection = { providers: [], warnings: [] };
  const { environment, timeoutMs = 150, signal } = options;
  const asked = environment.OLLAMA_HOST?.trim();
  const address = ollamaAddress(asked);
  const limit = AbortSignal.timeout(timeoutMs);
  const giveUp = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  const text = address === undefined ? undefined : await get(`${address}/api/tags`, giveUp);
  const models = text === undefined ? undefined : countModels(text);
  if (signal?.aborted) return nothing;
  if (address === undefined || models === undefined) {
    if (!asked) return nothing;
    const message = `OLLAMA_HOST is set to ${asked}, but no Ollama answered there within ${timeoutMs} ms. Start it, or name a slow one under "providers" in the configuration.`;
    return { providers: [], warnings: [{ code: 'OLLAMA_SILENT', message }] };
  }
  if (models === 0) {
    const message = `Ollama answers at ${address} but has no models. Get one with "ollama pull".`;
    return { providers: [], warnings: [{ code: 'OLLAMA_EMPTY', message }] };
  }
  const config = { type: 'openai-compatible', baseUrl: `${address}/v1` } as const;
  return { providers: [{ id: 'ollama', config, source: `Ollama at ${address}` }], warnings: [] };
};

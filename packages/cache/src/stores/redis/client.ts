import { optionInvalid, redisMissing } from '../../errors.ts';
import type { RedisArgument } from './names.ts';
import type { Send } from './scripts.ts';

/** One connection, as far as the store uses a client of node-redis. */
export interface RedisLink {
  sendCommand(args: readonly RedisArgument[], options?: { readonly typeMapping?: object }): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  connect(): Promise<unknown>;
  destroy(): void;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  ref(): void;
  unref(): void;
}

/** What `createClient` of the package `redis` returns; whether it is connected does not matter. */
export interface RedisClientTemplate {
  readonly options?: { readonly socket?: object | undefined } | undefined;
  duplicate(overrides?: object): RedisLink;
}

/** Opens connections that are not connected yet. */
export type OpenLink = () => Promise<RedisLink>;

/**
 * Nothing waits in the client while there is no connection, and reconnecting is ours: the client's own timer would keep
 * the process alive, and a connection that hangs would never be replaced.
 */
const settings = { disableOfflineQueue: true, maintNotifications: 'disabled' } as const;
const socketSettings = { reconnectStrategy: false, connectTimeout: 2_000 } as const;

const checkUrl = (url: string): void => {
  // The value is not shown: it may hold a password.
  const expected = 'an address such as redis://localhost:6379, rediss:// for TLS';
  if (!/^(?:rediss?|unix):\/\//.test(url)) throw optionInvalid('url', 'no address of Redis', expected);
  if (!url.startsWith('unix:') && !URL.canParse(url)) throw optionInvalid('url', 'malformed', expected);
};

export const createOpener = (
  store: string,
  template: RedisClientTemplate | undefined,
  url: string | undefined,
): OpenLink => {
  if (template !== undefined) {
    if (typeof template.duplicate !== 'function')
      throw optionInvalid('client', typeof template, 'what createClient of the package redis returns');
    return async () => template.duplicate({ ...settings, socket: { ...template.options?.socket, ...socketSettings } });
  }
  if (url === undefined) throw optionInvalid('url', url, 'the address of Redis, or a client');
  checkUrl(url);
  return async () => {
    let createClient: typeof import('redis').createClient;
    try {
      ({ createClient } = await import('redis'));
    } catch (error) {
      throw redisMissing(store, error);
    }
    return createClient({ ...settings, url, socket: { ...socketSettings } });
  };
};

/** 36 is "$", the strings that hold bytes. */
const asBytes = { typeMapping: { 36: Buffer } };

export const sender =
  (link: RedisLink): Send =>
  (args) =>
    link.sendCommand(args, asBytes);

import { connect, createServer, type Socket } from 'node:net';

/** A network between the store and Redis that the test can break. */
export interface Proxy {
  readonly url: string;
  /** Bytes go nowhere, in both directions, without anybody being told; those of before are not delivered later. */
  blackhole(on: boolean): void;
  /** Every connection ends, and no new one is made. */
  cut(on: boolean): void;
  /** Published messages whose text contains this do not arrive; `undefined` lets all through. */
  swallow(text: string | undefined): void;
  /** The subscriptions of now hear nothing any more, as if the way back were lost; later ones do. */
  muteSubscribers(): void;
  /** How many subscriptions there were. */
  readonly subscriptions: number;
  /** How many chunks with such messages were swallowed. */
  readonly swallowed: number;
  close(): Promise<void>;
}

export const startProxy = async (port: number): Promise<Proxy> => {
  const sockets = new Set<Socket>();
  let isBlackhole = false;
  let isCut = false;
  let swallowing: string | undefined;
  let swallowed = 0;
  let subscriptions = 0;
  let mutes = 0;

  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = connect(port, '127.0.0.1');
    let subscribedAt: number | undefined;
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk) => {
        if (isBlackhole || (subscribedAt !== undefined && subscribedAt < mutes)) return;
        const text = chunk.toString('latin1');
        if (from === far && text.includes('subscribe')) {
          subscribedAt = mutes;
          subscriptions += 1;
        }
        if (from === far && swallowing !== undefined && text.includes('message') && text.includes(swallowing)) {
          swallowed += 1;
          return;
        }
        to.write(chunk);
      });
    }
  });
  const address = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const bound = server.address();
      resolve(`redis://127.0.0.1:${bound !== null && typeof bound === 'object' ? bound.port : 0}`);
    });
  });
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: address,
    blackhole: (on) => {
      isBlackhole = on;
    },
    cut: (on) => {
      isCut = on;
      if (on) cutAll();
    },
    swallow: (text) => {
      swallowing = text;
    },
    muteSubscribers: () => {
      mutes += 1;
    },
    get subscriptions() {
      return subscriptions;
    },
    get swallowed() {
      return swallowed;
    },
    close: () => {
      cutAll();
      return new Promise((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};

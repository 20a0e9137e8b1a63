import zlib from 'node:zlib';
import { type RouterError, upstreamClosed } from './errors.ts';
import type { AnswerReceiver } from './provider.ts';

type Decoder = ReturnType<typeof zlib.createGunzip>;

const decoders: Record<string, () => Decoder> = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  br: zlib.createBrotliDecompress as () => Decoder,
  zstd: zlib.createZstdDecompress as () => Decoder,
  deflate: zlib.createInflate as () => Decoder,
};

/** A receiver that can be told that nobody listens any more. */
export interface Decompressor extends AnswerReceiver {
  abandon(): void;
}

/**
 * Hands a receiver readable bytes although the upstream compressed them unasked (some proxies do). Costs nothing when
 * it did not: the head decides, and the bytes pass straight on.
 */
export function decompress(receiver: AnswerReceiver, provider: string): Decompressor {
  let decoder: Decoder | undefined;
  let over = false;

  const abandon = (): void => {
    over = true;
    decoder?.removeAllListeners('data').destroy();
  };
  const fail = (error: RouterError): void => {
    if (over) return;
    abandon();
    receiver.onError(error);
  };

  return {
    onHead(status, headers) {
      const encoding = headers['content-encoding'];
      const create = typeof encoding === 'string' ? decoders[encoding.trim().toLowerCase()] : undefined;
      if (create) {
        decoder = create();
        decoder.on('data', (chunk: Buffer) => receiver.onData(chunk));
        decoder.on('end', () => {
          if (!over) receiver.onEnd();
          over = true;
        });
        decoder.on('error', (cause) => fail(upstreamClosed(provider, cause)));
      }
      receiver.onHead(status, headers);
    },
    onData(chunk) {
      if (decoder) decoder.write(chunk);
      else receiver.onData(chunk);
    },
    onEnd() {
      if (decoder) decoder.end();
      else receiver.onEnd();
    },
    onError: fail,
    abandon,
  };
}

import zlib from 'node:zlib';
import { upstreamClosed } from './errors.ts';
import type { AnswerReceiver } from './provider.ts';

const decoders: Record<string, () => zlib.Gunzip | zlib.BrotliDecompress | zlib.ZstdDecompress> = {
  gzip: zlib.createGunzip,
  'x-gzip': zlib.createGunzip,
  br: zlib.createBrotliDecompress,
  zstd: zlib.createZstdDecompress,
  deflate: zlib.createInflate as () => zlib.Gunzip,
};

/**
 * Hands a receiver readable bytes although the upstream compressed them unasked (some proxies do). Costs nothing when
 * it did not: the head decides, and the bytes pass straight on.
 */
export function decompress(receiver: AnswerReceiver, provider: string): AnswerReceiver {
  let decoder: ReturnType<(typeof decoders)[string]> | undefined;
  let failed = false;
  return {
    onHead(status, headers) {
      const encoding = headers['content-encoding'];
      const create = typeof encoding === 'string' ? decoders[encoding.trim().toLowerCase()] : undefined;
      if (create) {
        decoder = create();
        decoder.on('data', (chunk: Buffer) => receiver.onData(chunk));
        decoder.on('end', () => receiver.onEnd());
        decoder.on('error', (cause) => {
          failed = true;
          receiver.onError(upstreamClosed(provider, cause));
        });
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
    onError(error) {
      if (failed) return;
      failed = true;
      decoder
        ?.removeAllListeners('data')
        .on('error', () => {})
        .destroy();
      receiver.onError(error);
    },
  };
}

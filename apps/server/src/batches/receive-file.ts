import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { type BatchRefusal, bodyInvalid, fieldInvalid, fileTooLarge } from './errors.ts';

export interface ReceivedFile {
  readonly filename: string;
  readonly bytes: number;
  /** The other fields of the form. */
  readonly fields: Readonly<Record<string, string>>;
}

export interface ReceiveOptions {
  /** Where to write it. Nothing is left there when this fails. */
  readonly path: string;
  readonly maxBytes: number;
}

/** Names, boundaries and the other fields. */
const formBytes = 65_536;

const nameOf = (filename: string | undefined): string => {
  const name = (filename ?? '').replaceAll(/\p{Cc}/gu, '').slice(0, 255);
  return name === '' ? 'upload.jsonl' : name;
};

/**
 * Writes the file of a form (`multipart/form-data`, RFC 7578) to disk as it arrives; no more of it than a chunk is ever in
 * memory. Rejects with a `BatchRefusal` for a form without one file, or with one that is too large.
 */
export const receiveFile = async (request: IncomingMessage, options: ReceiveOptions): Promise<ReceivedFile> => {
  const { path, maxBytes } = options;
  const contentType = request.headers['content-type'] ?? '';
  // What is not read must still be taken, or the answer would never arrive at a client that is sending.
  const refuse = (refusal: BatchRefusal): never => {
    request.resume();
    throw refusal;
  };
  if (Number(request.headers['content-length'] ?? 0) > maxBytes + formBytes) refuse(fileTooLarge(maxBytes));
  const {
    default: { Busboy },
  } = await import('@fastify/busboy');
  const fields: Record<string, string> = {};
  const { promise, resolve, reject } = Promise.withResolvers<ReceivedFile>();
  let received: { readonly filename: string; readonly written: Promise<number> } | undefined;

  const parser = (() => {
    try {
      return new Busboy({
        headers: { ...request.headers, 'content-type': contentType },
        limits: { files: 1, fields: 16, parts: 18, fieldSize: 4096, fieldNameSize: 100, fileSize: maxBytes },
      });
    } catch (error) {
      return refuse(bodyInvalid(`${(error as Error).message}. Send a form with its boundary in the content-type.`));
    }
  })();
  parser.on('field', (name, value) => {
    fields[name] = value;
  });
  parser.on('file', (name, stream, filename) => {
    if (name !== 'file') {
      stream.resume();
      reject(fieldInvalid(name.slice(0, 40), 'is no file of this API. Send the file as "file".'));
      return;
    }
    const target = createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true });
    const written = new Promise<number>((done, fail) => {
      target.on('error', fail);
      target.on('close', () => done(target.bytesWritten));
      stream.on('error', fail);
      stream.on('limit', () => fail(fileTooLarge(maxBytes)));
    });
    written.catch((error) => {
      stream.unpipe(target);
      stream.resume();
      target.destroy();
      reject(error);
    });
    received = { filename: nameOf(filename), written };
    stream.pipe(target);
  });
  parser.on('filesLimit', () => reject(fieldInvalid('file', 'is there more than once.')));
  parser.on('error', (error) => reject(bodyInvalid(`${(error as Error).message}.`)));
  parser.on('finish', () => {
    if (!received) {
      reject(fieldInvalid('file', 'is missing. Send the file in the form.'));
      return;
    }
    const { filename, written } = received;
    written.then((bytes) => resolve({ filename, bytes, fields }), reject);
  });
  const onClose = (): void => {
    if (!request.complete) reject(bodyInvalid('it ended before it was whole. Send it again.'));
  };
  request.once('close', onClose);
  request.pipe(parser);
  try {
    return await promise;
  } catch (error) {
    request.unpipe(parser);
    request.resume();
    await received?.written.catch(() => {});
    await rm(path, { force: true });
    throw error;
  } finally {
    request.off('close', onClose);
  }
};

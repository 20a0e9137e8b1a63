import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { CliError } from '../errors.ts';
import { showBytes } from '../figures.ts';
import { mediaTypeOf } from './media-type.ts';

/** A file to be sent with a question. */
export interface Attachment {
  /** As it was given: a path, an address, or `standard input`. */
  readonly name: string;
  /** `text/plain`, `application/pdf`, or that of an image. */
  readonly mediaType: string;
  readonly bytes: Buffer;
  /** SHA-256 of the content, hexadecimal. */
  readonly hash: string;
  /** Bytes. */
  readonly size: number;
}

const megabyte = 1024 * 1024;

/** Bytes. All together become 32 MB in base64, as much as Anthropic takes in one request. */
export const attachmentLimits = { text: 2 * megabyte, image: 20 * megabyte, pdf: 24 * megabyte, all: 24 * megabyte };

const fetchTimeoutMs = 30_000;

const unusable = (name: string, problem: string): CliError =>
  new CliError('CLI_ATTACHMENT_UNUSABLE', `${name} cannot be attached: ${problem}`);

const tooLarge = (name: string, most: number, what: string): CliError =>
  unusable(name, `${what} may have at most ${showBytes(most)}. Send a smaller one, or a part of it.`);

const kindOf = (mediaType: string): 'text' | 'image' | 'pdf' =>
  mediaType === 'text/plain' ? 'text' : mediaType === 'application/pdf' ? 'pdf' : 'image';

const kindNames = { text: 'a text', image: 'an image', pdf: 'a PDF' } as const;

/** Reads to the end, but not more than anything may have. */
const readBounded = async (name: string, source: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of source) {
    size += chunk.length;
    if (size > attachmentLimits.all) throw tooLarge(name, attachmentLimits.all, 'an attachment');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

const readFile = async (name: string, signal: AbortSignal): Promise<Buffer> => {
  let status: ReturnType<typeof statSync>;
  try {
    status = statSync(name);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unusable(name, isMissing ? 'there is no such file.' : `${(error as Error).message}.`);
  }
  if (status.isDirectory()) throw unusable(name, 'it is a folder. Attach its files one by one.');
  if (status.size > attachmentLimits.all) throw tooLarge(name, attachmentLimits.all, 'an attachment');
  try {
    return await readBounded(name, createReadStream(name, { signal }));
  } catch (error) {
    if (error instanceof CliError || signal.aborted) throw error;
    throw unusable(name, `${(error as Error).message}.`);
  }
};

const fetchUrl = async (name: string, signal: AbortSignal): Promise<Buffer> => {
  try {
    const response = await fetch(name, { signal: AbortSignal.any([signal, AbortSignal.timeout(fetchTimeoutMs)]) });
    if (!response.ok) throw unusable(name, `the server answered ${response.status}.`);
    return response.body === null ? Buffer.alloc(0) : await readBounded(name, response.body);
  } catch (error) {
    if (error instanceof CliError || signal.aborted) throw error;
    const { cause, message } = error as Error & { readonly cause?: { readonly message?: string } };
    throw unusable(name, `it could not be fetched (${cause?.message || message}).`);
  }
};

const isUrl = (name: string): boolean => /^https?:\/\//i.test(name);

/**
 * Reads what was given with `--attach`: paths, addresses and `-` for standard input. What each is tells its content, not its
 * name. Throws `CLI_ATTACHMENT_UNUSABLE` for what cannot be read, is too large, or is neither image, PDF nor text.
 */
export const readAttachments = async (
  names: readonly string[],
  { signal, standardInput }: { readonly signal: AbortSignal; readonly standardInput: () => Promise<Buffer> },
): Promise<readonly Attachment[]> => {
  const attachments = await Promise.all(
    names.map(async (given): Promise<Attachment> => {
      const name = given === '-' ? 'standard input' : given;
      const bytes = await (given === '-'
        ? standardInput()
        : isUrl(given)
          ? fetchUrl(given, signal)
          : readFile(given, signal));
      const { length: size } = bytes;
      if (size === 0) throw unusable(name, 'it is empty.');
      const mediaType = mediaTypeOf(bytes);
      if (mediaType === undefined)
        throw unusable(name, 'it is neither a PNG, JPEG, GIF or WebP image, nor a PDF, nor text in UTF-8 or UTF-16.');
      const kind = kindOf(mediaType);
      if (size > attachmentLimits[kind]) throw tooLarge(name, attachmentLimits[kind], kindNames[kind]);
      return { name, mediaType, bytes, size, hash: createHash('sha256').update(bytes).digest('hex') };
    }),
  );
  const total = attachments.reduce((sum, { size }) => sum + size, 0);
  if (total > attachmentLimits.all) throw tooLarge('this', attachmentLimits.all, 'all attachments together');
  return attachments;
};

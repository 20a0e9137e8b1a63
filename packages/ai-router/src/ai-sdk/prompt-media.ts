import type { SharedV4FileData } from '@ai-sdk/provider';
import { RouterError } from '../errors.ts';
import { mediaSourceOf } from '../formats/request-media.ts';
import type { FilePart, ImagePart, MediaSource } from '../wire-format.ts';

/** A file of a prompt, or of a tool's result. */
export interface PromptFile {
  readonly data: SharedV4FileData;
  readonly mediaType: string;
  readonly filename?: string | undefined;
}

/** Reads a file as an image or a document. Throws `ROUTER_FIELD_UNSUPPORTED` for what no protocol of the router takes. */
export function mediaOf({ data, mediaType, filename }: PromptFile, path: string): ImagePart | FilePart {
  const source = sourceOf(data, mediaType.toLowerCase(), path);
  const type = source.kind === 'base64' ? source.mediaType : mediaType.toLowerCase();
  if (/^(?:audio|video)\b/.test(type)) throw notTaken(path, `a file of type "${mediaType}"`);
  if (/^image\b/.test(type)) return { type: 'image', source };
  return { type: 'file', source, ...(filename !== undefined && { name: filename }) };
}

function sourceOf(data: SharedV4FileData, mediaType: string, path: string): MediaSource {
  if (data.type === 'reference') throw notTaken(path, 'a file that is kept by a provider');
  if (data.type === 'url') return mediaSourceOf(data.originalUrl ?? data.url.href);
  const text = data.type === 'text';
  const bytes = text ? Buffer.from(data.text) : data.data;
  const base64 = typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('base64');
  const isWhole = mediaType.includes('/') && !mediaType.endsWith('/*');
  return { kind: 'base64', mediaType: isWhole ? mediaType : (typeOf(base64) ?? fallbackOf(mediaType)), data: base64 };
}

/** How the base64 of each kind begins. */
const beginnings: readonly (readonly [beginning: string, mediaType: string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
  ['JVBERi', 'application/pdf'],
];

const typeOf = (base64: string): string | undefined =>
  beginnings.find(([beginning]) => base64.startsWith(beginning))?.[1];

function fallbackOf(mediaType: string): string {
  const [top] = mediaType.split('/');
  if (top === 'image') return 'image/jpeg';
  return top === 'text' ? 'text/plain' : top === 'application' ? 'application/octet-stream' : mediaType;
}

const notTaken = (path: string, what: string): RouterError =>
  new RouterError(
    'ROUTER_FIELD_UNSUPPORTED',
    `"${path}" is ${what}, which the router cannot send. Send images, PDFs and text, by their bytes or their URL.`,
    { status: 400, param: path },
  );

import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { FilePart, ImagePart, Json, JsonObject, Losses, MediaSource, UserPart } from '../../wire-format.ts';
import { isObject, textOf } from '../json.ts';
import { readTextPart, type TypedObject } from '../request-content.ts';
import { notSayable, refuseLostFields } from '../request-fields.ts';
import { mediaSourceOf, mediaUrlOf } from '../request-media.ts';
import { fileRules, imageRules, mediaPartRules, partRules } from './request-rules.ts';

const protocol = 'openai-chat';

/** Reads a part of what a user says: text, an image, a file. */
export function readUserPart(part: TypedObject, path: string, losses: Losses | undefined): UserPart {
  if (part.type === 'image_url') return readImage(part, path, losses);
  if (part.type === 'file') return readFile(part, path, losses);
  if (part.type !== 'text') throw fieldUnsupported(path, protocol);
  return readTextPart(part, path, partRules, protocol, losses);
}

const details: ReadonlySet<Json | undefined> = new Set(['low', 'high', 'auto']);

function readImage(part: TypedObject, path: string, losses: Losses | undefined): ImagePart {
  refuseLostFields(part, mediaPartRules, `${path}.`, protocol, losses);
  // Mistral's clients give the URL itself.
  const image: JsonObject = isObject(part.image_url) ? part.image_url : { url: part.image_url };
  refuseLostFields(image, imageRules, `${path}.image_url.`, protocol, losses);
  const url = textOf(image.url);
  if (url === undefined) {
    throw requestInvalid(
      `"${path}.image_url.url" must be a URL, or a data URL of the image in base64.`,
      `${path}.image_url.url`,
    );
  }
  return {
    type: 'image',
    source: mediaSourceOf(url),
    ...(details.has(image.detail) && { detail: image.detail as NonNullable<ImagePart['detail']> }),
  };
}

function readFile(part: TypedObject, path: string, losses: Losses | undefined): FilePart {
  refuseLostFields(part, mediaPartRules, `${path}.`, protocol, losses);
  const file: JsonObject = isObject(part.file) ? part.file : {};
  // An id means something to the provider that gave it, and to nobody else.
  refuseLostFields(file, fileRules, `${path}.file.`, protocol, losses);
  const data = textOf(file.file_data);
  if (data === undefined) {
    throw requestInvalid(
      `"${path}.file.file_data" must be a data URL of the file in base64.`,
      `${path}.file.file_data`,
    );
  }
  const name = textOf(file.filename);
  return { type: 'file', source: fileSourceOf(data), ...(name !== undefined && { name }) };
}

/** Some clients leave out the data URL's head, and OpenRouter's give a URL. */
const fileSourceOf = (data: string): MediaSource =>
  /^(?:data|https?):/i.test(data) ? mediaSourceOf(data) : { kind: 'base64', mediaType: 'application/pdf', data };

/** Writes a part of what a user says. Throws `ROUTER_FIELD_UNSUPPORTED` for a file that is given by its URL. */
export function writeUserPart(part: UserPart, path: string): JsonObject {
  if (part.type === 'text') return { type: 'text', text: part.text };
  if (part.type === 'image') {
    const url = mediaUrlOf(part.source);
    return { type: 'image_url', image_url: { url, ...(part.detail && { detail: part.detail }) } };
  }
  if (part.source.kind === 'url') throw notSayable(`${path}.source.url`, protocol);
  return {
    type: 'file',
    file: { filename: part.name ?? defaultName(part.source.mediaType), file_data: mediaUrlOf(part.source) },
  };
}

/** OpenAI refuses a file without a name. */
function defaultName(mediaType: string): string {
  if (mediaType === 'application/pdf') return 'document.pdf';
  return mediaType === 'text/plain' ? 'document.txt' : 'document';
}

/**
 * Writes content that is nothing but text as one text, its parts joined by line breaks: every server takes that, while
 * some take lists of parts from users only.
 */
export const writeTexts = (parts: readonly { readonly text: string }[]): string =>
  parts.map(({ text }) => text).join('\n');

export function writeUserContent(parts: readonly UserPart[], path: string): Json {
  const texts = parts.filter((part) => part.type === 'text');
  if (texts.length === parts.length) return writeTexts(texts);
  return parts.map((part, index) => writeUserPart(part, `${path}[${index}]`));
}

import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type { FilePart, ImagePart, Json, JsonObject, Losses, MediaSource, UserPart } from '../../wire-format.ts';
import { isObject, textOf } from '../json.ts';
import { readTextPart, type TypedObject } from '../request-content.ts';
import { notSayable, refuseLostFields } from '../request-fields.ts';
import { documentRules, imageRules, sourceRules, textRules } from './request-rules.ts';

const protocol = 'anthropic-messages';

/** Reads a block of a user turn or of a tool's result. Search results, tool references and uploads are refused by their path. */
export function readUserBlock(block: TypedObject, path: string, losses?: Losses): UserPart {
  if (block.type === 'text') return readTextPart(block, path, textRules, protocol, losses);
  if (block.type === 'image') {
    refuseLostFields(block, imageRules, `${path}.`, protocol, losses);
    return { type: 'image', source: readSource(block.source, `${path}.source`, ['base64', 'url']) };
  }
  if (block.type !== 'document') throw fieldUnsupported(path, protocol);
  refuseLostFields(block, documentRules, `${path}.`, protocol, losses);
  const name = textOf(block.title);
  const source = readSource(block.source, `${path}.source`, ['base64', 'url', 'text']);
  return { type: 'file', source, ...(name !== undefined && { name }) };
}

/** Reads a source. A plain text counts as a file of `text/plain`; a file kept by Anthropic and a list of blocks are refused. */
function readSource(source: Json | undefined, path: string, known: readonly (Json | undefined)[]): MediaSource {
  if (!isObject(source)) throw requestInvalid(`"${path}" must be an object with a "type".`, path);
  if (!known.includes(source.type)) throw fieldUnsupported(path, protocol);
  refuseLostFields(source, sourceRules, `${path}.`, protocol);
  const { type, url, data, media_type: mediaType } = source;
  if (type === 'url') {
    if (typeof url === 'string') return { kind: 'url', url };
    throw requestInvalid(`"${path}.url" must be a text.`, `${path}.url`);
  }
  if (typeof data !== 'string') throw requestInvalid(`"${path}.data" must be a text.`, `${path}.data`);
  if (type === 'text') {
    return { kind: 'base64', mediaType: 'text/plain', data: Buffer.from(data).toString('base64') };
  }
  if (typeof mediaType === 'string') return { kind: 'base64', mediaType, data };
  throw requestInvalid(`"${path}.media_type" must be a text.`, `${path}.media_type`);
}

/** Writes a part that is no text. How closely to look at an image is dropped: Anthropic has no choice of it. */
export function writeMedia(part: ImagePart | FilePart, path: string, losses?: Losses): JsonObject {
  if (part.type === 'file') {
    const source = writeDocument(part.source, path);
    return { type: 'document', source, ...(part.name !== undefined && { title: part.name }) };
  }
  if (part.detail !== undefined && part.detail !== 'auto') losses?.drop(`${path}.detail`);
  const { source } = part;
  if (source.kind === 'url') return { type: 'image', source: { type: 'url', url: source.url } };
  return { type: 'image', source: { type: 'base64', media_type: source.mediaType, data: source.data } };
}

const textual = /^(?:text\/|application\/(?:json|xml|yaml)\b)/;

/** Anthropic reads PDFs and plain text, whatever kind of text that is. */
function writeDocument(source: MediaSource, path: string): JsonObject {
  if (source.kind === 'url') return { type: 'url', url: source.url };
  const { mediaType, data } = source;
  if (mediaType === 'application/pdf') return { type: 'base64', media_type: mediaType, data };
  if (!textual.test(mediaType)) throw notSayable(path, protocol);
  return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() };
}

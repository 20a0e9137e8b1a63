import { fieldUnsupported, requestInvalid } from '../../errors.ts';
import type {
  FilePart,
  ImagePart,
  Json,
  JsonObject,
  Losses,
  MediaSource,
  RefusalPart,
  TextPart,
  UserPart,
} from '../../wire-format.ts';
import { readTextPart, type TypedObject } from '../request-content.ts';
import { refuseLostFields } from '../request-fields.ts';
import { mediaSourceOf, mediaUrlOf } from '../request-media.ts';
import { readText } from '../request-values.ts';
import { filePartRules, imagePartRules, refusalPartRules, textPartRules } from './request-rules.ts';

const protocol = 'openai-responses';

/** Reads a part of what a user says, or of what a tool returns. */
export function readUserPart(part: TypedObject, path: string, losses?: Losses): UserPart {
  if (part.type === 'input_text') return readTextPart(part, path, textPartRules, protocol, losses);
  if (part.type === 'input_image') return readImage(part, path, losses);
  if (part.type === 'input_file') return readFile(part, path, losses);
  throw fieldUnsupported(path, protocol);
}

/** Reads a part of instructions, which are text alone. */
export function readSystemPart(part: TypedObject, path: string, losses?: Losses): TextPart {
  if (part.type === 'input_text') return readTextPart(part, path, textPartRules, protocol, losses);
  throw fieldUnsupported(path, protocol);
}

/** Reads a part of what the model said; the SDK's simple messages call its text `input_text` too. */
export function readAssistantPart(part: TypedObject, path: string, losses?: Losses): TextPart | RefusalPart {
  if (part.type === 'refusal') {
    refuseLostFields(part, refusalPartRules, `${path}.`, protocol, losses);
    return { type: 'refusal', text: readRequired(part.refusal, `${path}.refusal`) };
  }
  if (part.type === 'output_text' || part.type === 'input_text') {
    return readTextPart(part, path, textPartRules, protocol, losses);
  }
  throw fieldUnsupported(path, protocol);
}

function readImage(part: TypedObject, path: string, losses?: Losses): ImagePart {
  refuseLostFields(part, imagePartRules, `${path}.`, protocol, losses);
  const source = mediaSourceOf(readRequired(part.image_url, `${path}.image_url`));
  const { detail } = part;
  if (detail === 'low' || detail === 'high') return { type: 'image', source, detail };
  if (detail !== null && detail !== undefined && detail !== 'auto') losses?.drop(`${path}.detail`);
  return { type: 'image', source };
}

function readFile(part: TypedObject, path: string, losses?: Losses): FilePart {
  refuseLostFields(part, filePartRules, `${path}.`, protocol, losses);
  const name = readText(part.filename, `${path}.filename`);
  const url = readText(part.file_url, `${path}.file_url`);
  const source: MediaSource = url
    ? { kind: 'url', url }
    : fileSource(readRequired(part.file_data, `${path}.file_data`), name);
  return { type: 'file', source, ...(name !== undefined && { name }) };
}

/** OpenAI takes data URLs, and plain base64 whose kind the file's name tells. */
function fileSource(data: string, name: string | undefined): MediaSource {
  if (data.startsWith('data:')) return mediaSourceOf(data);
  return { kind: 'base64', mediaType: /\.(?:txt|md|csv)$/i.test(name ?? '') ? 'text/plain' : 'application/pdf', data };
}

export function readRequired(value: Json | undefined, path: string): string {
  const text = readText(value, path);
  if (text === undefined) throw requestInvalid(`"${path}" is missing. It must be a text.`, path);
  return text;
}

/** A single text is written as such: every server reads that. */
export function writeContent<Part extends { readonly type: string }>(
  parts: readonly Part[],
  writePart: (part: Part) => JsonObject,
): Json {
  const [first] = parts;
  if (!first) return '';
  return parts.length === 1 && isText(first) ? first.text : parts.map(writePart);
}

const isText = (part: { readonly type: string }): part is TextPart => part.type === 'text';

export function writeUserPart(part: UserPart): JsonObject {
  if (part.type === 'text') return { type: 'input_text', text: part.text };
  if (part.type === 'image') {
    return { type: 'input_image', image_url: mediaUrlOf(part.source), detail: part.detail ?? 'auto' };
  }
  const { source, name } = part;
  if (source.kind === 'url') {
    return { type: 'input_file', file_url: source.url, ...(name !== undefined && { filename: name }) };
  }
  return { type: 'input_file', file_data: mediaUrlOf(source), filename: name ?? defaultName(source.mediaType) };
}

/** OpenAI refuses the bytes of a file that has no name. */
function defaultName(mediaType: string): string {
  if (mediaType === 'application/pdf') return 'document.pdf';
  return mediaType.startsWith('text/') ? 'document.txt' : 'document';
}

export function writeAssistantPart(part: TextPart | RefusalPart): JsonObject {
  return part.type === 'refusal'
    ? { type: 'refusal', refusal: part.text }
    : { type: 'output_text', text: part.text, annotations: [] };
}

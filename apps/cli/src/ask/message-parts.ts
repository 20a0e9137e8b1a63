import type { Capability, UserPart } from '@hotpath/runtime';
import { oneLine } from '../plain-text.ts';
import type { Attachment } from './attachments.ts';
import { decodeText } from './media-type.ts';

/** Longest name in a heading, characters. */
const longestName = 200;

/**
 * A text under its name, between fences that are longer than any run of backticks in it: nothing in the text can end its block
 * (CommonMark 0.31, section 4.5).
 */
export const fencedText = (name: string, text: string): string => {
  let longest = 2;
  for (const [run] of text.matchAll(/`{3,}/g)) longest = Math.max(longest, run.length);
  const fence = '`'.repeat(longest + 1);
  // A name that breaks its line would be text of the question.
  const heading = oneLine(name).slice(0, longestName);
  return `## ${heading}\n\n${fence}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`;
};

/** The parts of a user's message: what is attached, and then what is asked about it. */
export const messageParts = (
  attachments: readonly Pick<Attachment, 'name' | 'mediaType' | 'bytes'>[],
  text: string,
): readonly UserPart[] => [
  ...attachments.map(({ name, mediaType, bytes }): UserPart => {
    if (mediaType === 'text/plain') return { type: 'text', text: fencedText(name, decodeText(bytes) ?? '') };
    const source = { kind: 'base64', mediaType, data: bytes.toString('base64') } as const;
    return mediaType === 'application/pdf'
      ? { type: 'file', name: name.replace(/^.*[\\/]/, '') || 'document.pdf', source }
      : { type: 'image', source };
  }),
  ...(text === '' ? [] : [{ type: 'text', text } as const]),
];

/** What a model must be able to take. */
export const needsOf = (mediaTypes: readonly string[]): readonly Capability[] => [
  ...(mediaTypes.some((type) => type.startsWith('image/')) ? (['images'] as const) : []),
  ...(mediaTypes.includes('application/pdf') ? (['files'] as const) : []),
];

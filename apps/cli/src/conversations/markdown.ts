import { showBytes, showTime } from '../figures.ts';
import { oneLine } from '../plain-text.ts';
import type { Conversation, KeptAttachment, Turn } from './conversation.ts';

const states = {
  asked: 'No answer was kept: it is still to come, or the process was ended.',
  whole: '',
  cut: 'The answer was cut here.',
  failed: 'The answer failed.',
} as const;

const quoted = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');

const attachmentLine = ({ name, mediaType, size, hash }: KeptAttachment): string =>
  `- ${oneLine(name)} (${mediaType}, ${showBytes(size)}, sha256 ${hash.slice(0, 12)})`;

const turnMarkdown = (turn: Turn): string => {
  const { question, attachments, answer, state, error, provider, model } = turn;
  const who = provider === undefined ? 'Answer' : `${provider}/${model}`;
  const mark = [states[state], error === undefined ? '' : oneLine(error)].filter((text) => text !== '').join(' ');
  return [
    `## Question, ${showTime(turn.askedAt)}`,
    ...(attachments.length === 0 ? [] : [attachments.map(attachmentLine).join('\n')]),
    ...(question === '' ? [] : [quoted(question)]),
    `## ${who}`,
    ...(answer === '' ? [] : [answer.trimEnd()]),
    ...(mark === '' ? [] : [`*${mark}*`]),
  ].join('\n\n');
};

/** A conversation to be read: questions quoted, answers as they came, cut and failed ones marked. */
export const conversationMarkdown = (conversation: Conversation, turns: readonly Turn[]): string => {
  const { id, title, model, system, createdAt } = conversation;
  const head = [
    `# ${oneLine(title)}`,
    `Conversation ${id} with ${model}, begun ${showTime(createdAt)}.`,
    ...(system === undefined ? [] : [`System:\n\n${quoted(system)}`]),
  ];
  return `${[...head, ...turns.map(turnMarkdown)].join('\n\n')}\n`;
};

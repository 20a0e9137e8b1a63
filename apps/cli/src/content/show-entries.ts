import type { ContentEntry, FoundContent } from '@hotpath/runtime/content';
import { showTable, showTime } from '../figures.ts';
import { oneLine, plainLines } from '../plain-text.ts';
import { styledOut } from '../terminal.ts';

/** Two lines for each: what it was, and where the words stand in it. */
export const renderFound = (found: readonly FoundContent[]): string =>
  found
    .map(({ id, atMs, model, outcome, snippet }) => {
      const head = `${styledOut('bold', String(id))}  ${showTime(atMs)}  ${oneLine(model)}${outcome === 'complete' ? '' : `  ${oneLine(outcome)}`}`;
      const text = snippet
        .map((piece, index) => (index % 2 === 1 ? styledOut('bold', oneLine(piece)) : oneLine(piece)))
        .join('');
      return `${head}\n    ${text.trim()}\n`;
    })
    .join('');

const cutMark = (isCut: boolean): string => (isCut ? ' (cut: there was more)' : '');

export const renderEntry = (entry: ContentEntry): string => {
  const { id, atMs, requestId, key, agent, protocol, provider, model, command, outcome, cache } = entry;
  const facts = showTable([
    ['id', String(id)],
    ['ended', showTime(atMs)],
    ...(requestId === null ? [] : [['request', requestId] as const]),
    ['model', `${model}, ${provider}, by ${protocol}`],
    ['outcome', `${outcome}, cache ${cache}`],
    ...(key === '' ? [] : [['key', key] as const]),
    ...(agent === '' ? [] : [['agent', agent] as const]),
    ...(command === '' ? [] : [['command', command] as const]),
  ]);
  const part = (title: string, text: string, isCut: boolean): string =>
    `\n${styledOut('bold', `${title}${cutMark(isCut)}`)}\n${plainLines(text) || 'nothing'}\n`;
  return `${facts}${part('Asked', entry.prompt, entry.isPromptCut)}${part('Answered', entry.answer, entry.isAnswerCut)}`;
};

import { isObject } from './json-change.ts';
import { type Member, readMembers, skipLineComment, skipSpace, skipValue } from './scan.ts';
import { type Copied, deltaBack, type TextDelta } from './text-delta.ts';
import { indentationAt, spaceBefore, styleOf, type TextStyle } from './text-style.ts';

export interface Rewritten {
  readonly text: string;
  /** Makes of it the text that it was made of. */
  readonly back: TextDelta;
}

/** Gathers a new text: what is taken over in one piece is one slice of the old. */
const createWriter = (text: string) => {
  const chunks: string[] = [];
  const copied: Copied[] = [];
  let [from, to, length] = [0, 0, 0];
  const push = (chunk: string): void => {
    chunks.push(chunk);
    length += chunk.length;
  };
  const flush = (): void => {
    if (to === from) return;
    copied.push({ from, to, at: length });
    push(text.slice(from, to));
  };
  return {
    copy(start: number, end: number): void {
      if (start === to) to = end;
      else {
        flush();
        [from, to] = [start, end];
      }
    },
    write(added: string): void {
      flush();
      from = to;
      push(added);
    },
    end(): Rewritten {
      flush();
      return { text: chunks.join(''), back: deltaBack(text, copied) };
    },
  };
};

/** Something that a container is to have: what stands in it already, or something new. */
type Part =
  | { readonly member: Member; readonly before: unknown; readonly after: unknown }
  | { readonly member?: undefined; readonly key?: string; readonly after: unknown };

type Values = Readonly<Record<string, unknown>>;

/** JavaScript puts these first wherever they stand in a text. */
const isNumber = (key: string): boolean => key.charCodeAt(0) <= 57 && /^(?:0|[1-9]\d*)$/.test(key);

const objectParts = (members: readonly Member[], before: Values, after: Values): readonly Part[] => {
  const keys = Object.keys(after);
  const kept = members.filter(({ key }) => Object.hasOwn(after, key));
  // Of a key that stands there twice, the last counts, and the others stay as they are.
  const hasDoubles = members.length !== Object.keys(before).length;
  const byKey = (): Map<string, Member> => new Map(kept.map((member) => [member.key, member]));
  const last = hasDoubles ? byKey() : undefined;
  const partOf = (member: Member): Part => {
    const isLast = last === undefined || last.get(member.key) === member;
    return { member, before: isLast && before[member.key], after: isLast && after[member.key] };
  };
  const added = keys.filter((key) => !Object.hasOwn(before, key));
  const stays = [...(last?.keys() ?? kept.map(({ key }) => key)), ...added].filter((key) => !isNumber(key));
  const isInOrder = keys.filter((key) => !isNumber(key)).every((key, index) => key === stays[index]);
  if (isInOrder) return [...kept.map(partOf), ...added.map((key) => ({ key, after: after[key] }))];
  const found = last ?? byKey();
  return keys.map((key): Part => {
    const member = found.get(key);
    return member === undefined ? { key, after: after[key] } : partOf(member);
  });
};

const listParts = (
  members: readonly Member[],
  before: readonly unknown[],
  after: readonly unknown[],
): readonly Part[] => {
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) head += 1;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const moved = before.length - after.length;
  return after.map((value, index): Part => {
    const from = index >= after.length - tail ? index + moved : index;
    const member = index < most - tail || from !== index || moved === 0 ? members[from] : undefined;
    return member === undefined ? { after: value } : { member, before: before[from], after: value };
  });
};

/**
 * The text of a document whose value was `before`, made to have the value `after`: what is the same value (or object) in both keeps
 * its text, letter by letter, with its comments. What is new is laid out as what stands around it.
 */
export const rewrite = (text: string, before: unknown, after: unknown): Rewritten => {
  const style: TextStyle = styleOf(text);
  const writer = createWriter(text);

  const format = (value: unknown, isOnLines: boolean, indentation: string): string =>
    isOnLines && style.unit !== ''
      ? JSON.stringify(value, null, style.unit).replaceAll('\n', style.newline + indentation)
      : JSON.stringify(value);

  const visit = (old: unknown, next: unknown, start: number, end: number, isOnLines: boolean): void => {
    if (old === next) writer.copy(start, end);
    else if (isObject(old) && isObject(next)) {
      const { members, close } = readMembers(text, start);
      writeContainer(members, start, close, objectParts(members, old, next), isOnLines);
    } else if (Array.isArray(old) && Array.isArray(next)) {
      const { members, close } = readMembers(text, start);
      writeContainer(members, start, close, listParts(members, old, next), isOnLines);
    } else writer.write(format(next, isOnLines, indentationAt(text, start)));
  };

  const writeNew = (part: Part, colon: string, isOnLines: boolean, indentation: string): void => {
    const name = 'key' in part ? JSON.stringify(part.key) + colon : '';
    writer.write(name + format(part.after, isOnLines, indentation));
  };

  const fillEmpty = (start: number, close: number, parts: readonly Part[], isWithin: boolean): void => {
    const comments = text.slice(start + 1, close).trimEnd();
    const isOnLines = (isWithin && style.unit !== '') || comments !== '';
    const outer = indentationAt(text, start);
    const lead = isOnLines ? style.newline + outer + style.unit : '';
    const gap = isOnLines || style.isCompact ? '' : ' ';
    writer.copy(start, start + 1);
    writer.write(comments);
    parts.forEach((part, index) => {
      writer.write((index > 0 ? `,${gap}` : '') + lead);
      writeNew(part, style.isCompact ? ':' : ': ', isOnLines, outer + style.unit);
    });
    if (isOnLines) writer.write(style.newline + outer);
    writer.copy(close, close + 1);
  };

  const writeContainer = (
    members: readonly Member[],
    start: number,
    close: number,
    parts: readonly Part[],
    isWithin: boolean,
  ): void => {
    const [first, final] = [members[0], members.at(-1)];
    if (parts.length === 0 || first === undefined || final === undefined) {
      if (first === undefined && parts.length > 0) fillEmpty(start, close, parts, isWithin);
      else if (first === undefined) writer.copy(start, close + 1);
      else writer.write(text[start] === '{' ? '{}' : '[]');
      return;
    }
    const model = members[1] ?? first;
    const spaced = spaceBefore(text, model.start);
    const isOnLines = spaced.includes('\n');
    const lead = isOnLines || model !== first ? spaced : style.isCompact ? '' : ' ';
    const indentation = lead.slice(lead.lastIndexOf('\n') + 1);
    const colon = text.slice(first.start, first.valueStart).endsWith(': ') ? ': ' : ':';
    /** Comments behind the last one, on its line for the most part, stay with it. */
    const finalEnd = final.next + text.slice(final.next, close).trimEnd().length;

    let last: Member | undefined;
    writer.copy(start, first.start);
    parts.forEach((part, index) => {
      const { member } = part;
      if (index > 0) {
        if (last !== undefined && last.next > last.end) writer.copy(last.end, last.next);
        else writer.write(',');
        if (last === final) writer.copy(final.next, finalEnd);
        const said = last === undefined ? '' : text.slice(last.end, last === final ? finalEnd : last.next);
        const isOwnLead = member !== undefined && member !== first;
        const next = isOwnLead ? text.slice(member.lead, member.start) : lead;
        // What comes after a comment to the end of the line would be part of it.
        if (/\/\/[^\n]*$/.test(said) && !next.trimStart().startsWith('//') && !/^[^\S\n]*\n/.test(next))
          writer.write(style.newline);
        if (isOwnLead) writer.copy(member.lead, member.start);
        else writer.write(lead);
      }
      if (member === undefined) writeNew(part, colon, isOnLines, indentation);
      else {
        const isSame = part.before === part.after;
        writer.copy(member.start, isSame ? member.end : member.valueStart);
        if (!isSame)
          visit(
            part.before,
            part.after,
            member.valueStart,
            member.end,
            text.slice(member.lead, member.start).includes('\n'),
          );
      }
      last = member;
    });
    if (last === final) writer.copy(final.end, close);
    else {
      if (final.next > final.end) writer.write(',');
      const isFinalKept = parts.some(({ member }) => member === final);
      writer.write(isFinalKept ? spaceBefore(text, close) : text.slice(skipLineComment(text, final.next), close));
    }
    writer.copy(close, close + 1);
  };

  const start = skipSpace(text, 0);
  const end = skipValue(text, start);
  writer.copy(0, start);
  visit(before, after, start, end, style.unit !== '');
  writer.copy(end, text.length);
  return writer.end();
};

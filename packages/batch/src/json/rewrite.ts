import { isObject } from './json-change.ts';
import { type Member, readMembers, skipSpace, skipValue } from './scan.ts';
import { indentationAt, spaceBefore, styleOf, type TextStyle } from './text-style.ts';

/** Gathers a new text: what is taken over in one piece is one slice of the old. */
const createWriter = (text: string) => {
  const chunks: string[] = [];
  let [from, to] = [0, 0];
  const flush = (): void => {
    if (to > from) chunks.push(text.slice(from, to));
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
      chunks.push(added);
    },
    end(): string {
      flush();
      return chunks.join('');
    },
  };
};

/** What becomes of the members of a container: pairs of before and after for those that stay, and what comes after one of them. */
interface Plan {
  readonly kept: (member: Member, index: number) => readonly [before: unknown, after: unknown] | undefined;
  readonly added: readonly (readonly [key: string | undefined, value: unknown])[];
  /** How many members come before what is added. */
  readonly addedAt: number;
}

type Values = Readonly<Record<string, unknown>>;

const planObject = (members: readonly Member[], before: Values, after: Values): Plan => {
  const keys = Object.keys(after);
  const hasDoubles = members.length !== Object.keys(before).length;
  /** Of a key that stands there twice, the last counts. */
  const last = hasDoubles ? new Map(members.map(({ key }, index) => [key, index])) : undefined;
  return {
    kept: ({ key }, index) => {
      if (!Object.hasOwn(after, key)) return undefined;
      return last === undefined || last.get(key) === index ? [before[key], after[key]] : [undefined, undefined];
    },
    added: keys.filter((key) => !Object.hasOwn(before, key)).map((key) => [key, after[key]]),
    addedAt: members.length,
  };
};

const planList = (before: readonly unknown[], after: readonly unknown[]): Plan => {
  const most = Math.min(before.length, after.length);
  let [head, tail] = [0, 0];
  while (head < most && before[head] === after[head]) head += 1;
  while (tail < most - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const tailStart = before.length - tail;
  const paired = most - tail;
  return {
    kept: (_, index) => {
      if (index < paired) return [before[index], after[index]];
      return index < tailStart ? undefined : [before[index], before[index]];
    },
    added: after.slice(paired, after.length - tail).map((value) => [undefined, value]),
    addedAt: tailStart,
  };
};

/**
 * The text of a document whose value was `before`, made to have the value `after`: what is the same value (or object) in both keeps
 * its text, letter by letter, with its comments. What is new is laid out as what stands around it.
 */
export const rewrite = (text: string, before: unknown, after: unknown): string => {
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
      writeContainer(members, start, close, planObject(members, old, next), isOnLines);
    } else if (Array.isArray(old) && Array.isArray(next)) {
      const { members, close } = readMembers(text, start);
      writeContainer(members, start, close, planList(old, next), isOnLines);
    } else writer.write(format(next, isOnLines, indentationAt(text, start)));
  };

  const writeFirst = (start: number, close: number, { added }: Plan, isWithin: boolean): void => {
    const comments = text.slice(start + 1, close).trimEnd();
    const isOnLines = (isWithin && style.unit !== '') || comments !== '';
    const outer = indentationAt(text, start);
    const lead = isOnLines ? style.newline + outer + style.unit : '';
    const gap = isOnLines || style.isCompact ? '' : ' ';
    writer.copy(start, start + 1);
    writer.write(comments);
    added.forEach(([key, value], index) => {
      const name = key === undefined ? '' : `${JSON.stringify(key)}:${style.isCompact ? '' : ' '}`;
      writer.write((index > 0 ? `,${gap}` : '') + lead + name + format(value, isOnLines, outer + style.unit));
    });
    if (isOnLines) writer.write(style.newline + outer);
    writer.copy(close, close + 1);
  };

  const writeContainer = (
    members: readonly Member[],
    start: number,
    close: number,
    plan: Plan,
    isWithin: boolean,
  ): void => {
    const [first, final] = [members[0], members.at(-1)];
    if (first === undefined || final === undefined) {
      writeFirst(start, close, plan, isWithin);
      return;
    }
    const model = members[1] ?? first;
    const spaced = spaceBefore(text, model.start);
    const isOnLines = spaced.includes('\n');
    const lead = isOnLines || model !== first ? spaced : style.isCompact ? '' : ' ';
    const colon = text.slice(first.start, first.valueStart).endsWith(': ') ? ': ' : ':';
    let last = 'none' as Member | 'none' | 'added';

    const putAdded = (): void => {
      for (const [key, value] of plan.added) {
        if (last === 'none') writer.copy(start + 1, first.start);
        else {
          if (last === 'added') writer.write(',');
          else if (last.next > last.end) writer.copy(last.end, last.next);
          else writer.write(',');
          // A comment on the line of what was the last stays on it.
          if (last === final) writer.copy(final.next, final.next + text.slice(final.next, close).trimEnd().length);
          const isAfterLine = last === final && /\/\/[^\n]*$/.test(text.slice(final.next, close).trimEnd());
          writer.write(isAfterLine && !isOnLines ? style.newline : lead);
        }
        const indentation = lead.slice(lead.lastIndexOf('\n') + 1);
        const name = key === undefined ? '' : JSON.stringify(key) + colon;
        writer.write(name + format(value, isOnLines, indentation));
        last = 'added';
      }
    };

    writer.copy(start, start + 1);
    members.forEach((member, index) => {
      if (index === plan.addedAt) putAdded();
      const pair = plan.kept(member, index);
      if (pair === undefined) return;
      const leadStart = members[index - 1]?.next ?? start + 1;
      if (last === 'none') writer.copy(start + 1, first.start);
      else {
        if (last === 'added') writer.write(',');
        else writer.copy(last.end, last.next);
        writer.copy(leadStart, member.start);
      }
      writer.copy(member.start, member.valueStart);
      visit(
        pair[0],
        pair[1],
        member.valueStart,
        member.end,
        pair[0] !== pair[1] && text.slice(leadStart, member.start).includes('\n'),
      );
      last = member;
    });
    if (plan.addedAt >= members.length) putAdded();

    if (last === final) writer.copy(final.end, close);
    else if (last !== 'none') {
      if (final.next > final.end) writer.write(',');
      // What stood behind the last one is copied already where something was added to it.
      writer.write(
        plan.kept(final, members.length - 1) === undefined ? text.slice(final.next, close) : spaceBefore(text, close),
      );
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

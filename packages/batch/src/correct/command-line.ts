/** A word of a command line: as written, as the shell reads it, and where it stands. */
export interface Word {
  readonly text: string;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

export interface Redirect {
  readonly operator: string;
  readonly target: Word;
}

/** One program with its arguments, out of a line that may hold several. */
export interface SimpleCommand {
  readonly name: Word;
  readonly arguments: readonly Word[];
  readonly assignments: readonly Word[];
  readonly redirects: readonly Redirect[];
  readonly start: number;
  readonly end: number;
  /** Folders that `cd` went into before it within the line, joined; empty for where the line started. */
  readonly folder: string;
  /** Inside a word of another one, as `$(…)`. */
  readonly nested: boolean;
}

export interface CommandLine {
  readonly text: string;
  readonly commands: readonly SimpleCommand[];
  /** What keeps a shell from reading it. */
  readonly errors: readonly string[];
}

interface Node {
  readonly type?: string;
  readonly pos?: number;
  readonly end?: number;
  readonly text?: string;
  readonly value?: unknown;
  readonly [key: string]: unknown;
}

const wordOf = (node: Node): Word => ({
  text: node.text as string,
  value: typeof node.value === 'string' ? node.value : (node.text as string),
  start: node.pos as number,
  end: node.end as number,
});

const asNodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? (value as Node[]) : []);

const simple = (node: Node, folder: string, nested: boolean): SimpleCommand | undefined => {
  if (node.name === undefined || node.name === null) return undefined;
  const suffix = asNodes(node.suffix);
  const redirects = [...asNodes(node.redirects), ...suffix, ...asNodes(node.prefix)]
    .filter((item) => item.type === 'Redirect' && typeof item.target === 'object' && item.target !== null)
    .map((item) => ({ operator: String(item.operator), target: wordOf(item.target as Node) }));
  return {
    name: wordOf(node.name as Node),
    arguments: suffix.filter((item) => item.type === 'Word').map(wordOf),
    assignments: asNodes(node.prefix)
      .filter((item) => item.type === 'Assignment')
      .map(wordOf),
    redirects: redirects.filter(
      (item, index) => redirects.findIndex((x) => x.target.start === item.target.start) === index,
    ),
    start: node.pos as number,
    end: node.end as number,
    folder,
    nested,
  };
};

const join = (folder: string, into: string): string =>
  into.startsWith('/') ? into : folder === '' ? into : `${folder}/${into}`;

/** Reads a command line (bash grammar). The parser is loaded with the first one. */
export const parseLine = async (text: string): Promise<CommandLine> => {
  const { parse } = await import('unbash');
  const script = parse(text) as unknown as Node;
  const commands: SimpleCommand[] = [];
  let folder = '';
  const visit = (value: unknown, nested: boolean): void => {
    if (typeof value !== 'object' || value === null) return;
    if (Array.isArray(value)) {
      for (const item of value) visit(item, nested);
      return;
    }
    const node = value as Node;
    if (node.type === 'Command') {
      const command = simple(node, folder, nested);
      if (command) {
        commands.push(command);
        const into = command.arguments[0]?.value;
        if (command.name.value === 'cd' && into !== undefined && !nested) folder = join(folder, into);
      }
    }
    // Some parts are computed when asked for, and are no own keys.
    for (const key of [...Object.keys(node), 'parts', 'script']) {
      const inner = node[key];
      if (key !== 'parts' || node.type !== 'Literal') visit(inner, nested || node.type === 'Command');
    }
  };
  visit(script, false);
  const seen = new Set<number>();
  const errors = asNodes(script.errors).map((error) => String(error.message ?? error));
  return { text, commands: commands.filter(({ start }) => !seen.has(start) && seen.add(start)), errors };
};

/** Writes a value so that a shell reads it back as one word. */
export const quote = (value: string): string =>
  /^[\w@%+=:,./~^-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;

/** As {@link quote}, in the quotes that the word had before, where it had any. */
export const quoteLike = (word: Word, value: string): string => {
  const mark = word.text[0];
  if ((mark === '"' || mark === "'") && word.text.endsWith(mark) && !value.includes(mark) && !/[$`\\!]/.test(value))
    return mark + value + mark;
  const special = (text: string): string[] => text.match(/[^\w@%+=:,./~^-]/g) ?? [];
  const before = new Set(special(word.text));
  if (word.text === word.value && special(value).every((character) => before.has(character))) return value;
  // A variable or a glob in it stays as it was written when only a part of the word changes.
  if (word.text !== word.value && !/\s/.test(value)) {
    const head = commonPrefix(word.value, value);
    const tail = word.value.slice(head);
    if (word.text.endsWith(tail)) return word.text.slice(0, word.text.length - tail.length) + value.slice(head);
  }
  return quote(value);
};

const commonPrefix = (a: string, b: string): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
};

export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The line with these pieces put in place of others. */
export const splice = (text: string, pieces: readonly Splice[]): string => {
  let result = text;
  for (const { start, end, text: piece } of [...pieces].sort((a, b) => b.start - a.start))
    result = result.slice(0, start) + piece + result.slice(end);
  return result;
};

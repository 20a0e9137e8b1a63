/** A text with variables: `{{ name }}`. */
export interface Template {
  /** Throws what `unknown` makes of a name that the columns do not have. */
  render(columns: Readonly<Record<string, unknown>>, unknown: (name: string) => Error): string;
}

type Piece = { readonly text: string } | { readonly variable: string };

/** A backslash before the braces keeps them as they are. */
const variables = /(\\?)\{\{([^{}]*)\}\}/g;

const parse = (source: string): readonly Piece[] => {
  const pieces: Piece[] = [];
  let from = 0;
  for (const { 0: whole, 1: backslash, 2: name = '', index } of source.matchAll(variables)) {
    pieces.push({ text: source.slice(from, index) });
    pieces.push(backslash === '' ? { variable: name.trim() } : { text: whole.slice(1) });
    from = index + whole.length;
  }
  return [...pieces, { text: source.slice(from) }];
};

const ownValue = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;

/** A column of just this name, or what lies on a path through objects and lists: `user.name`, `tags.0`. */
const lookUp = (columns: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(columns, name)
    ? columns[name]
    : name.includes('.')
      ? name.split('.').reduce<unknown>(ownValue, columns)
      : undefined;

/** As it stands in a prompt: texts as they are, nothing for null, anything else as JSON. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);

/** Values are put in as they are: what stands in them is no template. */
export const parseTemplate = (source: string): Template => {
  const pieces = parse(source);
  return {
    render: (columns, unknown) =>
      pieces
        .map((piece) => {
          if ('text' in piece) return piece.text;
          const value = lookUp(columns, piece.variable);
          if (value === undefined) throw unknown(piece.variable);
          return textOf(value);
        })
        .join(''),
  };
};

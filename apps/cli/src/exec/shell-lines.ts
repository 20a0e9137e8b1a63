const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Lines that set variables in a POSIX shell, and in fish. */
export const exportLines = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${quote(value)}\n`)
    .join('');

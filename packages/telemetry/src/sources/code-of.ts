/** The code of an error, else its kind; empty for none. Messages are never recorded: they may quote a prompt or a key. */
export const codeOf = (error: unknown): string => {
  if (error === undefined || error === null) return '';
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string' && code !== '') return code.slice(0, 64);
  return typeof name === 'string' ? name.slice(0, 64) : 'unknown';
};

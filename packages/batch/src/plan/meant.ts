const listed = (names: readonly string[]): string =>
  names.length === 0
    ? 'There are none.'
    : `There are: ${names.slice(0, 20).join(', ')}${names.length > 20 ? ', ...' : ''}.`;
/** What was probably meant, or else what there is. */
export const meantOr = (meant: string | undefined, known: readonly string[]): string =>
  meant === undefined ? listed(known) : `Did you mean "${meant}"?`;

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: what to write in a configuration
// The parser names the rule that was broken, not what a person did: most mistakes are one of these few.
const mistakes: readonly (readonly [reason: RegExp, words: string, fix: string])[] = [
  [
    /^deficient indentation|^unexpected end of the (?:stream|document) within/,
    'something that was opened above is not closed',
    'Close the bracket, brace or quote, or indent what belongs to it.',
  ],
  [/^tab characters/, 'a tab is used for indentation', 'Indent with spaces.'],
  [
    /^bad indentation of a (?:mapping|sequence) entry/,
    'bad indentation, or a text that needs quotes',
    'Align the line with its neighbours; put a text in quotes that holds ": " or starts with one of @ ` % & * ! | >.',
  ],
  [/^duplicated mapping key/, 'the key stands here a second time', 'Keep one of the two.'],
  [
    /^end of the stream or a document separator is expected/,
    'lists, keys and texts are mixed at the top',
    'Write every line at the top as "key: value", and what belongs to a key indented below it.',
  ],
  [
    /^missed comma between flow|^expected the node content, but found ','/,
    'a comma is missing or one too many, or a text in brackets needs quotes',
    "Put one comma between two entries, and quotes around a text that holds braces, as '${NAME}'.",
  ],
  [/^unidentified alias/, 'a text that starts with "*" means an alias', 'Put it in quotes.'],
  [/^(?:unknown|cannot resolve).* tag/, 'a text that starts with "!" means a tag', 'Put it in quotes.'],
  [
    /^expected a single document/,
    'there is more than one document',
    'Remove the "---" between them and join the settings.',
  ],
  [
    /^unknown escape|^expected hexadecimal/,
    'a backslash in double quotes starts an escape',
    'Use single quotes, or double the backslash.',
  ],
  [
    /^expected ':'|^can not read a block mapping entry|^a whitespace character is expected/,
    'a line is not "key: value"',
    'Put a colon and a space between the two.',
  ],
];

/**
 * What to say for a reason of the YAML parser: what is probably wrong, and what to do. Quotes nothing of the file, where
 * a key may stand.
 */
export const explainYaml = (reason: string): string => {
  const [, words, fix] = mistakes.find(([pattern]) => pattern.test(reason)) ?? [];
  if (words !== undefined && fix !== undefined) return `${words}. ${fix}`;
  const plain = reason.replace(/"[^"]*"|!<[^>]*>/g, '…');
  return `${plain}. Look at that line and the one above; quotes around a text settle most cases.`;
};

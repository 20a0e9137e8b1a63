// The parser names the rule that was broken, not what a person did: most mistakes are one of these few.
const mistakes: readonly (readonly [reason: RegExp, words: string])[] = [
  [
    /^deficient indentation|^unexpected end of the (?:stream|document) within/,
    'something that was opened above is not closed. Close the bracket, brace or quote, or indent what belongs to it.',
  ],
  [/^tab characters/, 'a tab is used for indentation. Indent with spaces.'],
  [
    /^bad indentation of a (?:mapping|sequence) entry/,
    'bad indentation, or a text that needs quotes. Align the line with its neighbours; put a text in quotes that holds ": " or starts with one of @ ` % & * ! | >.',
  ],
  [/^duplicated mapping key/, 'the key stands here a second time. Keep one of the two.'],
  [
    /^missed comma between flow|^expected the node content, but found ','/,
    'a comma is missing or one too many, or a text in brackets needs quotes.',
  ],
  [/^unidentified alias/, 'a text that starts with "*" means an alias, and there is no such anchor. Put it in quotes.'],
  [/^(?:unknown|cannot resolve).* tag/, 'a text that starts with "!" means a tag. Put it in quotes.'],
  [/^expected a single document/, 'there is more than one document. Write one workflow a file, without "---" between.'],
  [/^aliases exceeded/, 'it holds too many aliases. Write them out, or make the workflow in TypeScript.'],
  [/^nesting exceeded/, 'it is nested too deeply. A workflow is flat: look for a bracket that is not closed.'],
  [
    /^expected ':'|^can not read a block mapping entry|^a whitespace character is expected/,
    'a line is not "key: value". Put a colon and a space between the two.',
  ],
];

/** What is probably wrong, and what to do, for a reason of the YAML parser. */
export const explainYaml = (reason: string): string => {
  const [, words] = mistakes.find(([pattern]) => pattern.test(reason)) ?? [];
  return words ?? `${reason}. Look at that line and the one above; quotes around a text settle most cases.`;
};

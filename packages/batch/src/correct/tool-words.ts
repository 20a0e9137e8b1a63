import { distance, reach } from '../names/distance.ts';

/** Quotes of every tool: ASCII, backtick, typographic. */
const open = '["\'`‘“]?';
const close = '["\'`’”]?';
const name = '([^\\s"\'`‘’“”,;]+)';

const patterns = (sources: readonly string[]): readonly RegExp[] =>
  sources.map((source) => new RegExp(source.replaceAll('«', open).replaceAll('»', close).replaceAll('@', name), 'gi'));

const commandNotFound = patterns([
  '(?:^|[\\s:])@: (?:command )?not found',
  'command not found: «@»',
  'unknown command: @',
  'env: «@»: no such file',
  'failed to run command «@»',
  'xargs: @: no such file',
]);

const unknownSubcommand = patterns([
  '«([^"\'`‘’“”\\s]+)» is not a (?:\\w+ )?(?:sub)?command',
  'unknown (?:sub)?command:? «@»',
  'unknown command: \\w+(?: \\w+)* @',
  'no such (?:sub)?command:? «@»',
  'has no command named «@»',
  'invalid (?:sub)?(?:command|operation|action):? «@»',
  'unrecognized (?:sub)?command:? «@»',
  'no rule to make target «@»',
  'missing script:? «@»',
  'unexpected token «@»',
  'unknown subcommand:? «@»',
  'invalid choice:? «@»',
  '«@»:? unknown (?:sub)?command',
  '«@» is not (?:in |defined|found|recogni[sz]ed|a (?:known|valid|recogni[sz]ed))',
  '(?:command|task|target|goal|phase|recipe|script|subcommand) «@» (?:is )?not (?:found|defined|exist|known)',
  '(?:unknown|no such|invalid|undefined) (?:\\w+ )?(?:task|target|goal|phase|recipe|action|verb|script|method|topic)s?:? «@»',
]);

const unknownOption = patterns([
  '(?:unrecogni[sz]ed|unknown|invalid|illegal|bad|unexpected|unsupported|no such|incorrect)(?: (?:command[- ]line|long|short|shorthand))? (?:option|flag|switch|argument|arguments|parameter|parameters|predicate)(?: or \\w+)?:?(?: --)? «@»',
  '@: (?:unknown|unrecognized|invalid) (?:option|flag)',
  'option «@»:? is (?:unknown|ambiguous|not recogni[sz]ed)',
  '(?:bad|unknown|unrecognized|invalid|no such) (?:option|flag)s?:? «@»',
  'bad option: @',
  'flag provided but not defined: @',
  'unknown shorthand flag: «\\w» in @',
]);

const collect = (said: string, sources: readonly RegExp[]): readonly string[] => {
  const found = new Set<string>();
  for (const source of sources)
    for (const match of said.matchAll(source)) {
      const word = match[1]?.replace(/[.:!?]+$/, '');
      if (word) found.add(word);
    }
  return [...found];
};

/** Names of programs that a shell did not find. */
export const commandsNotFound = (said: string): readonly string[] => collect(said, commandNotFound);

/** Subcommands, targets and scripts that a tool does not know. */
export const unknownSubcommands = (said: string): readonly string[] => collect(said, unknownSubcommand);

/** Options that a tool does not know, as it wrote them: some drop the dashes, some keep the value. */
export const unknownOptions = (said: string): readonly string[] => collect(said, unknownOption);

const hint =
  /did you mean|similar (?:command|argument|name|option|target|value|subcommand|to)|maybe you meant|perhaps you meant|most similar|tip: |possible values|choose from|suggest/gi;

/** What a tool itself proposes instead of a word: near words out of its hint, nearest first. */
export const hintsFor = (said: string, word: string): readonly string[] => {
  const found = new Map<string, number>();
  for (const match of said.matchAll(hint)) {
    const zone = said
      .slice(match.index + match[0].length)
      .split('\n', 6)
      .join('\n')
      .slice(0, 600);
    for (const match of zone.matchAll(/[\w@./:+=-]*\w/g)) {
      const token = match[0];
      // A word of its own line, or in quotes, is a proposal; one within a sentence may be a part of it.
      const around = `${zone[match.index - 1] ?? ''}${zone[match.index + token.length] ?? ''}`;
      const proposed =
        /["'`‘’]/.test(around) || /^[\s*]*$/.test(zone.slice(zone.lastIndexOf('\n', match.index) + 1, match.index));
      const cost = distance(word.replace(/^-+/, ''), token.replace(/^-+/, ''), reach(word.length) + 1);
      if (token !== word && cost < word.length * 0.75) found.set(token, cost - (proposed ? 0.5 : 0));
    }
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([token]) => token);
};

/** Flags that a text (usage, help) names. */
export const flagsIn = (text: string): readonly string[] => {
  const flags = new Set<string>();
  for (const match of text.matchAll(/(?<![\w/.-])--?(?:\[no-?\])?[A-Za-z][\w-]*/g)) {
    const optional = /\[(no-?)\]/.exec(match[0]);
    flags.add(match[0].replace(/\[no-?\]/, ''));
    if (optional) flags.add(match[0].replace(/\[no-?\]/, optional[1] as string));
  }
  return [...flags];
};

/** Words that may be subcommands in a help text: first those that open an indented line, then all the others. */
export const subcommandsIn = (
  text: string,
): { readonly listed: readonly string[]; readonly others: readonly string[] } => ({
  listed: [...text.matchAll(/^\s+([a-z][\w:-]*)\*?(?=\s*$|\s{2,}|\t|,| [([<-])/gm)].map((match) => match[1] as string),
  others: text.match(/(?<![\w./-])[a-z][\w-]+(?![\w./])/g) ?? [],
});

const allowance =
  /allowed|choose|choice|valid|possible|one of|need|expected|must be|available|supported|known|accepts?/i;

/**
 * Values that a tool lists as those it takes, such as `(choose from 'json', 'text')` or `allowed formats are: json,yaml`.
 */
export const allowedIn = (said: string): readonly string[] => {
  const values = new Set<string>();
  for (const line of said.split('\n').slice(0, 200)) {
    const at = line.search(allowance);
    if (at < 0) continue;
    for (const match of line.slice(at).matchAll(/["'`‘]?([A-Za-z][\w./+-]*)["'`’]?(?=\s*(?:,|\||\)|\.?$| or ))/g))
      values.add(match[1] as string);
  }
  return values.size > 1 ? [...values] : [];
};

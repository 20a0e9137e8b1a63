import { optionInvalid } from './errors.ts';

/** One position of a glob: any run, or one character out of ranges of code points. */
type Token = 'run' | { readonly ranges: readonly (readonly [number, number])[]; readonly negated: boolean };

const anyOne: Token = { ranges: [], negated: true };

/** As SQLite reads a set: what stands before a dash counts by itself too, so that `[z-a]` is `z`. */
const parseSet = (body: readonly string[], negated: boolean): Token => {
  const ranges: [number, number][] = [];
  let before: number | undefined;
  for (let index = 0; index < body.length; index += 1) {
    const codePoint = body[index]?.codePointAt(0) ?? 0;
    const next = body[index + 1]?.codePointAt(0);
    if (body[index] === '-' && before !== undefined && next !== undefined) {
      ranges.push([before, next]);
      before = undefined;
      index += 1;
      continue;
    }
    ranges.push([codePoint, codePoint]);
    // A bracket that begins the set begins no range.
    before = index === 0 && body[0] === ']' ? undefined : codePoint;
  }
  return { ranges, negated };
};

const parse = (glob: string): readonly Token[] => {
  const tokens: Token[] = [];
  const characters = [...glob];
  for (let index = 0; index < characters.length; index += 1) {
    const character = characters[index] ?? '';
    if (character === '*') {
      if (tokens.at(-1) !== 'run') tokens.push('run');
    } else if (character === '?') tokens.push(anyOne);
    else if (character === '[') {
      const negated = characters[index + 1] === '^';
      const first = index + (negated ? 2 : 1);
      // A bracket right at the beginning belongs to the set.
      const end = characters.indexOf(']', first + 1);
      if (end === -1) throw optionInvalid('glob', glob, 'a pattern in which every "[" is closed ("[[]" means itself)');
      tokens.push(parseSet(characters.slice(first, end), negated));
      index = end;
    } else tokens.push(parseSet([character], false));
  }
  return tokens;
};

const matches = (token: Token | undefined, codePoint: number): boolean => {
  if (token === undefined || token === 'run') return false;
  for (const [low, high] of token.ranges) if (codePoint >= low && codePoint <= high) return !token.negated;
  return token.negated;
};

/**
 * The matcher of a glob over keys: `*` is any run of characters, `?` any one, `[abc]`, `[a-z]` and `[^a]` one of a set.
 * Case counts. Exactly what SQLite's GLOB means, so that a pattern covers the same keys in memory as in a file; picomatch,
 * made for paths, lets `*` stop at each slash. Time is at most the product of both lengths, which a regular expression does
 * not promise. Throws `CACHE_OPTION_INVALID` for a bracket that is never closed.
 */
export const compileGlob = (glob: string): ((key: string) => boolean) => {
  const tokens = parse(glob);
  return (key) => {
    let at = 0;
    let token = 0;
    // Where to go on when the characters after the last run turn out not to fit.
    let runToken = -1;
    let runAt = 0;
    while (at < key.length) {
      const codePoint = key.codePointAt(at) ?? 0;
      const width = codePoint > 0xffff ? 2 : 1;
      if (tokens[token] === 'run') {
        runToken = token;
        runAt = at;
        token += 1;
      } else if (matches(tokens[token], codePoint)) {
        token += 1;
        at += width;
      } else if (runToken === -1) return false;
      else {
        runAt += (key.codePointAt(runAt) ?? 0) > 0xffff ? 2 : 1;
        at = runAt;
        token = runToken + 1;
      }
    }
    while (tokens[token] === 'run') token += 1;
    return token === tokens.length;
  };
};

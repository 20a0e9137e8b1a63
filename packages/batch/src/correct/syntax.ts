import type { Draft } from './failure.ts';
import { insertAfter, mentions, rewrite, type ShellRule, swap } from './scene.ts';

/** A quote that is not closed. */
export const openQuote: ShellRule = async (scene) => {
  if (!/unterminated quoted string|unexpected eof while looking for matching|unmatched ["']/i.test(scene.said))
    return [];
  const text = scene.line.text.trimEnd();
  const mark = /matching [`'"]*(["'])['"]?/.exec(scene.said)?.[1];
  const counts = ['"', "'"].filter((quote) => text.split(quote).length % 2 === 0);
  const quote = counts.length === 1 ? counts[0] : mark;
  if (quote === undefined) return [];
  return [
    {
      rule: 'open-quote',
      change: { line: text + quote },
      reason: 'a quote is not closed',
      // Where it should have closed cannot be known: at the end, as long as there is one.
      confidence: text.split(quote).length === 2 ? 0.86 : 0.6,
    },
  ];
};

/** Small programs within an argument (sed, awk, a regular expression) that end too early. */
export const openProgram: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const word of command.arguments) {
      const name = command.name.value;
      const mark = /^['"]/.exec(word.text)?.[0];
      const extend = (tail: string, reason: string): void => {
        const text = mark ? word.text.slice(0, -1) + tail + mark : word.text + tail;
        drafts.push(rewrite(scene, 'open-program', [swap(word, text)], reason, 0.9));
      };
      const substitute = /^(?:-e|--expression=)?s([^\w\s])(?:\\.|(?!\1).)+\1(?:\\.|(?!\1).)*$/.exec(word.value);
      if (name === 'sed' && substitute && /unterminated/i.test(scene.said))
        extend(substitute[1] as string, 'the substitution is not closed');
      const braces = word.value.split('{').length - word.value.split('}').length;
      if (
        /^[gmn]?awk$/.test(name) &&
        braces > 0 &&
        /missing \}|syntax error|unexpected|end of (?:file|source)/i.test(scene.said)
      )
        extend('}'.repeat(braces), 'a brace is not closed');
    }
  return drafts;
};

/** A pattern that is no regular expression, taken as plain text. */
export const plainPattern: ShellRule = async (scene) => {
  if (
    !/unmatched|unbalanced|regex parse error|invalid (?:preceding )?regular expression|unclosed|missing terminating/i.test(
      scene.said,
    )
  )
    return [];
  return scene.line.commands
    .filter(
      (command) =>
        ['grep', 'egrep', 'rg', 'git'].includes(command.name.value) &&
        mentions(scene.said, command.name.value === 'egrep' ? 'grep' : command.name.value),
    )
    .map((command) => {
      const flag = command.arguments.find(({ value }) => /^-[EPG]$/.test(value));
      const piece = flag ? swap(flag, '-F') : insertAfter(command.name, '-F');
      return rewrite(
        scene,
        'plain-pattern',
        [piece],
        'the pattern is no regular expression: search for it as it stands',
        0.8,
      );
    });
};

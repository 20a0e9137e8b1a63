import type { FlagSpec } from '../command.ts';
import { flagsOf, type Material, secondWords, shells, valueKindOf } from './words.ts';

const quoteFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const valueArguments = (spec: FlagSpec, modelsFile: string): string => {
  const kind = valueKindOf(spec);
  if (kind === undefined) return '';
  if (kind === 'files') return ' -r -F';
  if (kind === 'models') return ` -x -a ${quoteFish(`(cat ${quoteFish(modelsFile)} 2>/dev/null)`)}`;
  return typeof kind === 'string' ? ' -x' : ` -x -a ${quoteFish(kind.join(' '))}`;
};

export const fishScript = ({ commands, modelsFile }: Material): string => {
  const groups = secondWords(commands);
  const siblings = (group: string): string => groups.get(group)?.join(' ') ?? '';
  const lines = commands.flatMap((command) => {
    const [first = '', second] = command.name.split(' ');
    const seenFirst = `__fish_seen_subcommand_from ${first}`;
    const seen = quoteFish(
      second === undefined ? seenFirst : `${seenFirst}; and __fish_seen_subcommand_from ${second}`,
    );
    return [
      ...(second === undefined
        ? [`complete -c hotpath -n __fish_use_subcommand -a ${first} -d ${quoteFish(command.summary)}`]
        : [
            `complete -c hotpath -n __fish_use_subcommand -a ${first}`,
            `complete -c hotpath -f -n '${seenFirst}; and not __fish_seen_subcommand_from ${siblings(first)}' -a ${second} -d ${quoteFish(command.summary)}`,
          ]),
      ...flagsOf(command).map(
        ([name, spec]) =>
          `complete -c hotpath -n ${seen} -l ${name}${spec.short === undefined ? '' : ` -s ${spec.short}`}${valueArguments(spec, modelsFile)} -d ${quoteFish(spec.description)}`,
      ),
    ];
  });
  return `# hotpath completions for fish: hotpath completions fish | source
${lines.join('\n')}
complete -c hotpath -f -n '__fish_seen_subcommand_from completions' -a '${shells.join(' ')}'
`;
};

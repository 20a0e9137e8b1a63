import type { Command } from '../command.ts';
import {
  argumentKind,
  flagsOf,
  type Material,
  type Source,
  secondWords,
  shells,
  type ValueKind,
  valuedFlags,
} from './words.ts';

const quoteFish = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const commandFor = (source: Source, { modelsFile, settings }: Material): string => {
  if (source === 'models') return `cat ${quoteFish(modelsFile)} 2>/dev/null`;
  if (source === 'settings') return `printf "%s\\n" ${settings.join(' ')}`;
  const list = `hotpath ${source} list 2>/dev/null | string replace -r " .*" ""`;
  return source === 'keys' || source === 'providers' ? `${list} | tail -n +2` : list;
};

/** What follows `complete -c hotpath …` for such a value. Without anything, fish completes names of files. */
const candidates = (kind: ValueKind, material: Material): string => {
  if (kind === 'files') return ' -F';
  if (kind === 'anything' || kind === 'program') return '';
  if (typeof kind !== 'string') return ` -f -a ${quoteFish(kind.join(' '))}`;
  const offered =
    kind === 'model-list'
      ? `__fish_complete_list , ${quoteFish(commandFor('models', material))}`
      : commandFor(kind, material);
  return ` -f -a ${quoteFish(`(${offered})`)}`;
};

const argumentLines = (command: Command, seen: string, material: Material): readonly string[] => {
  const kind = argumentKind(command);
  if (kind === undefined || kind === 'anything' || kind === 'files') return [];
  if (kind !== 'program') return [`complete -c hotpath -n ${seen}${candidates(kind, material)}`];
  const valued = valuedFlags(command).flatMap(([spellings]) => spellings);
  const line = `__fish_complete_subcommand --fcs-skip=${command.name.split(' ').length + 1} ${valued.join(' ')}`;
  return [`complete -c hotpath -n ${seen} -x -a ${quoteFish(`(${line})`)}`];
};

export const fishScript = (material: Material): string => {
  const { commands } = material;
  const groups = secondWords(commands);
  const siblings = (group: string): string => groups.get(group)?.join(' ') ?? '';
  const lines = commands.flatMap((command) => {
    const [first = '', second] = command.name.split(' ');
    const seenFirst = `__fish_seen_subcommand_from ${first}`;
    const seen = quoteFish(
      second === undefined ? seenFirst : `${seenFirst}; and __fish_seen_subcommand_from ${second}`,
    );
    const kinds = new Map(valuedFlags(command).flatMap(([[name = ''], kind]) => [[name, kind] as const]));
    const valued = (name: string): string => {
      const kind = kinds.get(`--${name}`);
      if (kind === undefined) return '';
      return ` -r${kind === 'anything' ? ' -f' : candidates(kind, material)}`;
    };
    return [
      ...(second === undefined
        ? [`complete -c hotpath -n __fish_use_subcommand -a ${first} -d ${quoteFish(command.summary)}`]
        : [
            `complete -c hotpath -n __fish_use_subcommand -a ${first}`,
            `complete -c hotpath -f -n '${seenFirst}; and not __fish_seen_subcommand_from ${siblings(first)}' -a ${second} -d ${quoteFish(command.summary)}`,
          ]),
      ...flagsOf(command).map(
        ([name, spec]) =>
          `complete -c hotpath -n ${seen} -l ${name}${spec.short === undefined ? '' : ` -s ${spec.short}`}${valued(name)} -d ${quoteFish(spec.description)}`,
      ),
      ...argumentLines(command, seen, material),
    ];
  });
  return `# hotpath completions for fish: hotpath completions fish | source
${lines.join('\n')}
complete -c hotpath -f -n '__fish_seen_subcommand_from completions' -a '${shells.join(' ')}'
`;
};

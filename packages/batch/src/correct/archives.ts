import type { Draft } from './failure.ts';
import { operands, pathOf, rewrite, type ShellRule, swap } from './scene.ts';

/** First bytes of what an archive may be (as Latin-1); tar has its mark at offset 257. */
const magics: readonly (readonly [string, string, number])[] = [
  ['gzip', '\x1f\x8b', 0],
  ['bzip2', 'BZh', 0],
  ['xz', '\xfd7zXZ', 0],
  ['zstd', '\x28\xb5\x2f\xfd', 0],
  ['zip', 'PK\x03\x04', 0],
  ['tar', 'ustar', 257],
];

const formatOf = (head: string | undefined): string | undefined =>
  magics.find(([, magic, at]) => head?.startsWith(magic, at))?.[0];

/** Archives that are of another kind than the command says: their first bytes tell. */
export const archives: ShellRule = async (scene) => {
  const doubt =
    /not in \w+ format|not a \w+ file|format not recognized|unsupported format|signature not found|does not look like a tar|not a zipfile|incorrect header/i;
  if (!doubt.test(scene.said)) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands)
    for (const word of operands(command)) {
      const path = pathOf(scene.failure.cwd, command, word.value);
      if ((await scene.world.kind(path)) !== 'file') continue;
      const format = formatOf(await scene.world.read(path, 512));
      const flags = command.arguments[0];
      if (format === undefined) continue;
      const make = (pieces: Parameters<typeof rewrite>[2]): number =>
        drafts.push(rewrite(scene, 'archive', pieces, `${word.value} is ${format}, whatever it is called`, 0.9));
      if (command.name.value === 'tar' && flags && format !== 'zip' && /^-?\w*[xt]\w*$/.test(flags.value)) {
        // tar finds the compression by itself when it reads.
        make([swap(flags, flags.text.replace(/[zjJ]/, ''))]);
      } else if (command.name.value === 'tar' && format === 'zip') {
        make([{ start: command.start, end: command.end, text: `unzip ${word.text}` }]);
      } else if (command.name.value === 'unzip' && format !== 'zip') {
        make([{ start: command.start, end: command.end, text: `tar -xf ${word.text}` }]);
      }
    }
  return drafts.filter(({ change }) => change.line !== scene.line.text);
};

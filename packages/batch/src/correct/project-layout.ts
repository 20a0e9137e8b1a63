import { basename, dirname, join } from 'node:path';
import { confidenceOf, nearest } from '../names/distance.ts';
import { quote } from './command-line.ts';
import type { Draft } from './failure.ts';
import { folderOf, insertAfter, insertBefore, mentions, operands, pathOf, rewrite, type ShellRule } from './scene.ts';

/** `make` and `npm` one folder too high: the only folder below that has what they look for. */
export const otherFolder: ShellRule = async (scene) => {
  const kinds = [
    { tool: 'make', said: /no makefile found/i, files: ['Makefile', 'makefile', 'GNUmakefile'], flag: '-C' },
    {
      tool: 'npm',
      said: /could not read package\.json|enoent.*package\.json/i,
      files: ['package.json'],
      flag: '--prefix',
    },
    { tool: 'cargo', said: /could not find `Cargo\.toml`/i, files: ['Cargo.toml'], flag: '-C' },
  ];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    const kind = kinds.find(({ tool, said }) => tool === command.name.value && said.test(scene.said));
    if (!kind) continue;
    const base = pathOf(scene.failure.cwd, command, '.');
    const holding: string[] = [];
    for (const { name, kind: entry } of (await scene.world.list(base)).slice(0, 200)) {
      if (entry !== 'folder' || name === 'node_modules') continue;
      const below = await scene.world.list(`${base}/${name}`);
      if (below.some((file) => kind.files.includes(file.name))) holding.push(name);
    }
    for (const folder of holding.slice(0, 3)) {
      const cargo = kind.tool === 'cargo';
      const pieces = cargo
        ? [insertBefore(command, `cd ${quote(folder)} &&`)]
        : [insertAfter(command.name, `${kind.flag} ${quote(folder)}`)];
      const reason = `${kind.files[0]} is in ${folder}`;
      drafts.push(rewrite(scene, 'other-folder', pieces, reason, holding.length === 1 ? 0.82 : 0.4));
    }
  }
  return drafts;
};

/** `npx helo`: the programs of installed packages. */
export const packagePrograms: ShellRule = async (scene) => {
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    const word = command.name.value === 'npx' ? operands(command)[0] : undefined;
    if (!word || !mentions(scene.said, word.value)) continue;
    const bins = (await scene.world.list(join(folderOf(scene, command), 'node_modules', '.bin'))).map(
      ({ name }) => name,
    );
    if (bins.includes(word.value)) continue;
    for (const near of nearest(word.value, bins).slice(0, 2))
      drafts.push(
        rewrite(
          scene,
          'argument',
          [{ start: word.start, end: word.end, text: near.value }],
          `${near.value} is installed`,
          confidenceOf(0.93, near),
        ),
      );
  }
  return drafts;
};

/** A header that the compiler does not find, in the only folder below that has it. */
export const includeFolders: ShellRule = async (scene) => {
  const header =
    /fatal error: ['"‘]?([\w./-]+\.h(?:pp|h|xx)?)['"’]?: no such file|'([\w./-]+\.h(?:pp)?)' file not found/i.exec(
      scene.said,
    );
  const name = header?.[1] ?? header?.[2];
  if (name === undefined) return [];
  const drafts: Draft[] = [];
  for (const command of scene.line.commands) {
    if (!/^(?:\w+-)*(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)(?:-\d+)?$/.test(command.name.value)) continue;
    const base = folderOf(scene, command);
    const holding: string[] = [];
    for (const { name: folder, kind } of (await scene.world.list(base)).slice(0, 200))
      if (kind === 'folder')
        for (const path of [folder, join(folder, 'include')])
          if ((await scene.world.list(join(base, path, dirname(name)))).some((entry) => entry.name === basename(name)))
            holding.push(path);
    for (const folder of holding.slice(0, 2))
      drafts.push(
        rewrite(
          scene,
          'include-folder',
          [{ start: command.name.end, end: command.name.end, text: ` -I ${folder}` }],
          `${name} is in ${folder}`,
          holding.length === 1 ? 0.9 : 0.42,
        ),
      );
  }
  return drafts;
};

import { isBuiltin } from 'node:module';
import type { Options } from 'tsup';
import { isEntry } from './bundle-plugins.ts';

type OutputPlugin = NonNullable<Options['plugins']>[number];

const importOfNodes =
  /^import (?:(?<whole>[\w$]+)|\* as (?<all>[\w$]+))?(?:, )?(?:\{(?<names>[^}]*)\})? ?(?:from )?"(?<module>[\w:/]+)";$/gm;

const taken = (module: string): string => `process.getBuiltinModule(${JSON.stringify(module)})`;

/** Functions that load their module when they are called. `list` is that of an import: `stat, readlink as follow`. */
const loadedLate = (list: string, module: string): readonly string[] =>
  list.split(',').map((item) => {
    const [name, own = name] = item.trim().split(' as ');
    return `const ${own} = (...given) => ${taken(module)}.${name}(...given);`;
  });

/** Holds functions alone, and loads half of readline: 1 ms. Few commands call one before they have answered. */
const late = /^(?:node:)?fs\/promises$/;

/**
 * Takes Node's own modules from the process. An `import` of one reads all of its exports, and with them loads the parts that
 * Node keeps for later: streams of files, Web Crypto, MIME types. That costs 8 ms of a start. The entry is left as it is,
 * since it must say what is wrong on a Node that has no `getBuiltinModule`.
 */
export const builtinsFromProcess: OutputPlugin = {
  name: 'builtins-from-process',
  renderChunk(code, { entryPoint }) {
    if (isEntry(entryPoint)) return;
    const lines: string[] = [];
    const rest = code.replace(importOfNodes, (line, ...parts) => {
      const { whole, all, names, module } = parts.at(-1) as Record<string, string | undefined>;
      if (module === undefined || !isBuiltin(module)) return line;
      const name = whole ?? all;
      if (name !== undefined) lines.push(`const ${name} = ${taken(module)};`);
      if (names !== undefined && late.test(module)) lines.push(...loadedLate(names, module));
      else if (names !== undefined) lines.push(`const {${names.replaceAll(' as ', ': ')}} = ${taken(module)};`);
      return '';
    });
    return { code: `${lines.join('\n')}\n${rest}` };
  },
};

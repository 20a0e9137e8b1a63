import { type Declaration, type DeclarationFile, type Origin, readDeclarationFile } from './declarations.ts';

interface Item {
  readonly name: string;
  readonly declarations: readonly Declaration[];
  /** The names it is exported under; none for what is only mentioned. */
  readonly exportedAs: string[];
}

const byName = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/**
 * The surface of one entry as text: each exported name with its declaration, then what these mention without exporting
 * it, then what comes from other packages. Sorted by name, so that moving code between files changes nothing.
 */
export const describeSurface = (entry: string): string => {
  const files = new Map<string, DeclarationFile>();
  const open = (file: string): DeclarationFile => {
    const known = files.get(file) ?? readDeclarationFile(file);
    files.set(file, known);
    return known;
  };

  const items = new Map<string, Item>();
  const foreign = new Set<string>();

  /** Follows re-exports to where a name is declared. */
  const find = (origin: Origin): Origin => {
    if (origin.kind === 'package') return origin;
    const file = open(origin.file);
    if (file.declarations.has(origin.name)) return origin;
    const next = file.exports.get(origin.name) ?? file.imports.get(origin.name);
    if (next === undefined) throw new Error(`${origin.file} does not declare ${origin.name}`);
    return find(next);
  };

  const add = (from: Origin, exportedAs?: string): void => {
    const origin = find(from);
    if (origin.kind === 'package') {
      const alias = exportedAs === undefined || exportedAs === origin.name ? '' : ` as ${exportedAs}`;
      const keyword = exportedAs === undefined ? 'import' : 'export';
      foreign.add(`${keyword} { ${origin.name}${alias} } from '${origin.specifier}';`);
      return;
    }
    const key = `${origin.name}\n${origin.file}`;
    const known = items.get(key);
    if (known !== undefined) {
      if (exportedAs !== undefined) known.exportedAs.push(exportedAs);
      return;
    }
    const file = open(origin.file);
    const declarations = file.declarations.get(origin.name) ?? [];
    items.set(key, { name: origin.name, declarations, exportedAs: exportedAs === undefined ? [] : [exportedAs] });
    for (const { mentions, inlineImports } of declarations) {
      for (const inline of inlineImports) add(inline);
      for (const name of mentions) {
        const imported = file.imports.get(name);
        if (file.declarations.has(name)) add({ kind: 'file', file: origin.file, name });
        else if (imported !== undefined) add(imported);
      }
    }
  };

  for (const [name, origin] of open(entry).exports) add(origin, name);

  const sorted = [...items.entries()].sort(([left], [right]) => byName(left, right)).map(([, item]) => item);
  const text = (item: Item): string => item.declarations.map((declaration) => declaration.text).join('\n');
  const exported = sorted.flatMap((item) => {
    if (item.exportedAs.length === 0) return [];
    const renamed = item.exportedAs.filter((name) => name !== item.name).sort(byName);
    const plain = item.exportedAs.includes(item.name) ? 'export ' : '';
    return [`${plain}${text(item)}${renamed.map((name) => `\nexport { ${item.name} as ${name} };`).join('')}`];
  });
  const mentioned = sorted.filter((item) => item.exportedAs.length === 0).map(text);
  const sections = [...exported];
  if (mentioned.length > 0) sections.push('// Mentioned above, not exported', ...mentioned);
  if (foreign.size > 0) sections.push('// From other packages', [...foreign].sort(byName).join('\n'));
  return `${sections.join('\n\n')}\n`;
};

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** Where a name used in a declaration file comes from. `file` for our own declarations, `specifier` for a package's. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly name: string }
  | { readonly kind: 'package'; readonly specifier: string; readonly name: string };

/** One declaration, as tsc wrote it but for comments and `export declare`. */
export interface Declaration {
  readonly text: string;
  /** Names of the file's own scope that it mentions. */
  readonly mentions: ReadonlySet<string>;
  /** What it mentions as `import('…').Name`. */
  readonly inlineImports: readonly Origin[];
}

/** A parsed declaration file. */
export interface DeclarationFile {
  /** By name; a function's overloads and merged interfaces share one. */
  readonly declarations: ReadonlyMap<string, readonly Declaration[]>;
  readonly imports: ReadonlyMap<string, Origin>;
  readonly exports: ReadonlyMap<string, Origin>;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
const nodes = (value: unknown): readonly Node[] => (Array.isArray(value) ? value.filter(isNode) : []);
const nameOf = (value: unknown): string => {
  if (isNode(value)) return String(value.name ?? value.value);
  throw new TypeError('a name was expected');
};

/** Parses one `.d.ts` file. Throws on `export *` and default exports: a surface is a written list of names. */
export const readDeclarationFile = (file: string): DeclarationFile => {
  const source = readFileSync(file, 'utf8');
  const { program, comments, errors } = parseSync(file, source);
  if (errors[0] !== undefined) throw new Error(`${file} cannot be parsed: ${errors[0].message}`);

  const origin = (specifier: string, name: string): Origin =>
    specifier.startsWith('.')
      ? { kind: 'file', file: join(dirname(file), specifier.replace(/(?:\.d)?\.[jt]s$/, '.d.ts')), name }
      : { kind: 'package', specifier, name };

  /** Without comments: a comment on the surface is documentation, and changes without asking anybody. */
  const textOf = (node: Node): string => {
    let text = '';
    let position = node.start;
    for (const comment of comments) {
      if (comment.start < node.start || comment.end > node.end) continue;
      text += source.slice(position, comment.start);
      position = comment.end;
    }
    text += source.slice(position, node.end);
    const lines = text.split('\n').map((line) => line.trimEnd());
    return lines
      .filter((line) => line !== '')
      .join('\n')
      .replace(/^declare /, '');
  };

  const read = (node: Node): Declaration => {
    const mentions = new Set<string>();
    const inlineImports: Origin[] = [];
    const visit = (value: unknown): void => {
      if (Array.isArray(value)) for (const each of value) visit(each);
      if (!isNode(value)) return;
      if (value.type === 'Identifier') {
        // With a type of its own it is a parameter, which names nothing of the file.
        if (isNode(value.typeAnnotation)) visit(value.typeAnnotation);
        else mentions.add(nameOf(value));
        return;
      }
      if (value.type === 'TSImportType' && isNode(value.source) && isNode(value.qualifier)) {
        inlineImports.push(origin(nameOf(value.source), nameOf(value.qualifier)));
        visit(value.typeArguments);
        return;
      }
      for (const [key, child] of Object.entries(value)) {
        const isDeclaredName = key === 'id' || key === 'name' || (key === 'key' && value.computed !== true);
        if (!isDeclaredName) visit(child);
        else if (isNode(child)) visit(child.typeAnnotation);
      }
    };
    visit(node);
    return { text: textOf(node), mentions, inlineImports };
  };

  const declarations = new Map<string, Declaration[]>();
  const imports = new Map<string, Origin>();
  const exports = new Map<string, Origin>();

  const declare = (node: Node): readonly string[] => {
    const named = node.type === 'VariableDeclaration' ? nodes(node.declarations) : [node];
    return named.map((each) => {
      const name = nameOf(each.id);
      declarations.set(name, [...(declarations.get(name) ?? []), read(node)]);
      return name;
    });
  };

  for (const node of nodes(program.body as unknown)) {
    if (node.type === 'ImportDeclaration') {
      for (const specifier of nodes(node.specifiers)) {
        const imported = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : '*';
        imports.set(nameOf(specifier.local), origin(nameOf(node.source), imported));
      }
    } else if (node.type === 'ExportNamedDeclaration') {
      if (isNode(node.declaration)) {
        for (const name of declare(node.declaration)) exports.set(name, { kind: 'file', file, name });
      }
      for (const specifier of nodes(node.specifiers)) {
        const local = nameOf(specifier.local);
        const from = isNode(node.source) ? origin(nameOf(node.source), local) : undefined;
        exports.set(nameOf(specifier.exported), from ?? imports.get(local) ?? { kind: 'file', file, name: local });
      }
    } else if (node.type === 'ExportAllDeclaration' || node.type === 'ExportDefaultDeclaration') {
      throw new Error(`${file} has a default export or "export *": name what it exports.`);
    } else {
      declare(node);
    }
  }
  return { declarations, imports, exports };
};

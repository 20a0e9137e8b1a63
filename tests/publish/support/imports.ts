import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { parseSync, Visitor } from 'oxc-parser';

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Specifiers that a file of JavaScript or declarations imports, re-exports, imports late, or requires. */
const specifiersOf = (file: string): readonly string[] => {
  const { program, module, errors } = parseSync(file, readFileSync(file, 'utf8'));
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const found = module.staticImports.map(({ moduleRequest }) => moduleRequest.value);
  for (const { entries } of module.staticExports) {
    found.push(...entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []));
  }
  const add = (node: { readonly type: string; readonly value?: unknown } | undefined): void => {
    if (node?.type === 'Literal' && typeof node.value === 'string') found.push(node.value);
  };
  new Visitor({
    ImportExpression: ({ source }) => add(source),
    TSImportType: ({ source }) => add(source),
    // `__require` is what a bundler makes of the requires of bundled CommonJS.
    CallExpression: ({ callee, arguments: [argument] }) => {
      if (callee.type === 'Identifier' && /^(?:__)?require$/.test(callee.name)) add(argument);
    },
  }).visit(program);
  return found;
};

/** The packages that a file needs, Node's own modules apart. */
export const packagesImportedBy = (file: string): ReadonlySet<string> =>
  new Set(
    specifiersOf(file)
      .filter((specifier) => !/^[./#]/.test(specifier) && !isBuiltin(specifier))
      .map(packageOf),
  );

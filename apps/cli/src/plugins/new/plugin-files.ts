import type { NewPlugin, PluginKind } from './kind.ts';

const json = (value: object): string => `${JSON.stringify(value, undefined, 2)}\n`;

/** The versions of Hotpath that a plugin made with this one is meant for: up to the next that may change what plugins rely on. */
export const hostRange = (version: string): string => `>=${version} <${Number.parseInt(version, 10) + 1}`;

const packageOf = (plugin: NewPlugin, kind: PluginKind, version: string): object => ({
  name: plugin.plugin,
  version: '0.1.0',
  description: plugin.summary,
  keywords: ['hotpath-plugin'],
  type: 'module',
  engines: { node: '>=22.18' },
  files: ['dist'],
  hotpath: {
    host: hostRange(version),
    // Sources while they are worked on, since Node runs TypeScript but not that of installed packages.
    development: './src/index.ts',
    main: './dist/index.js',
    contributes: kind.contributes(plugin),
  },
  scripts: {
    test: 'node --test',
    check: 'tsc',
    build: 'tsc -p tsconfig.build.json',
    prepack: 'npm run build',
  },
  devDependencies: {
    '@hotpath/runtime': hostRange(version),
    '@types/node': '>=22.18',
    typescript: '>=5.8',
  },
});

/** Everything that Node cannot run as it is (enums, decorators, imports without an ending) is an error. */
const checked = {
  compilerOptions: {
    target: 'ES2024',
    lib: ['ES2024'],
    module: 'NodeNext',
    types: ['node'],
    strict: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    noEmit: true,
  },
  include: ['src', 'test'],
};

const built = {
  extends: './tsconfig.json',
  compilerOptions: {
    rootDir: 'src',
    outDir: 'dist',
    noEmit: false,
    rewriteRelativeImportExtensions: true,
  },
  include: ['src'],
};

const readme = (plugin: NewPlugin, kind: PluginKind): string => `# ${plugin.plugin}

${plugin.summary}. A plugin for [Hotpath](https://www.npmjs.com/package/hotpath).

## Use it

\`\`\`sh
npm install ${plugin.plugin}
\`\`\`

${kind.usage(plugin)}

## Work on it

\`src/index.ts\` is loaded as it is: there is nothing to install and nothing to build.

\`\`\`sh
hotpath plugins link .   # once, to have it everywhere
npm test
npm install              # for what follows
npm run check            # types
npm publish              # builds dist/, which is all that is published
\`\`\`

What it contributes is declared in \`package.json\` under \`hotpath\`: lists and help are answered from there, without loading
anything.
`;

/** All files of a new plugin, by their paths in its folder. */
export const pluginFiles = (
  plugin: NewPlugin,
  kind: PluginKind,
  version: string,
): Readonly<Record<string, string>> => ({
  'package.json': json(packageOf(plugin, kind, version)),
  'tsconfig.json': json(checked),
  'tsconfig.build.json': json(built),
  'src/index.ts': kind.source(plugin),
  'test/index.test.ts': kind.test(plugin),
  'README.md': readme(plugin, kind),
  '.gitignore': 'node_modules/\ndist/\n',
});

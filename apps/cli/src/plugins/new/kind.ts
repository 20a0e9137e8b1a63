import type { PluginName } from './plugin-name.ts';

/** What a new plugin is made with. */
export interface NewPlugin extends PluginName {
  /** One line. */
  readonly summary: string;
}

/** What plugins of one kind look like when they are new: they work, and show where one's own code goes. */
export interface PluginKind {
  readonly summary: string;
  /** Of the manifest. */
  contributes(plugin: NewPlugin): Readonly<Record<string, readonly object[]>>;
  /** `src/index.ts`. It imports types alone, so that it runs before anything is installed. */
  source(plugin: NewPlugin): string;
  /** `test/index.test.ts`, for Node's own test runner. */
  test(plugin: NewPlugin): string;
  /** What it takes to use it, for the README: whole lines of Markdown. */
  usage(plugin: NewPlugin): string;
  /** A command line to try it with. */
  example(plugin: NewPlugin): string;
}

/** What every test begins with; `names` are what it uses of the plugin's module. */
export const testHead = (types: string, names = ''): string => `import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
${types}import plugin${names === '' ? '' : `, { ${names} }`} from '../src/index.ts';

const { hotpath: manifest } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const declared = (kind: string): string[] => manifest.contributes[kind].map(({ name }: { name: string }) => name);
`;

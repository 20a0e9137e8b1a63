#!/usr/bin/env node
import { catalogue, helpOfAll } from './catalogue.ts';
import { useCompileCache } from './compile-cache.ts';
import { becomeLean } from './lean-process.ts';

// Not from version.ts: what others import as well would be a second file to read.
declare const HOTPATH_VERSION: string;

// This file must parse on every Node that a machine may have, and answer the simplest questions before it imports
// anything: the start of each command waits for it.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [, , first] = process.argv;

// A reader that has left (`| head`) is no failure; without a listener Node would print a stack.
process.stdout.on('error', () => {});

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    `hotpath [CLI_NODE_TOO_OLD]: needs Node.js 22.18 or newer, and this is ${process.version}. Install a newer one from https://nodejs.org.\n`,
  );
  process.exitCode = 1;
} else if (first === '--version' || first === '-V' || first === '-v') {
  process.stdout.write(`${HOTPATH_VERSION}\n`);
} else if (
  first === undefined ||
  first === '--help' ||
  first === '-h' ||
  (first === 'help' && process.argv[3] === undefined)
) {
  import('./plugins/top-level-help.ts').then(async ({ pluginHelp }) => {
    process.stdout.write(helpOfAll(await pluginHelp(catalogue)));
  });
} else {
  if (!process.argv.some((word) => word === '--help' || word === '-h')) becomeLean(first);
  useCompileCache();
  import('./run.ts').then(({ run }) => run(process.argv.slice(2), catalogue));
}

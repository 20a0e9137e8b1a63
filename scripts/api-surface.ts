// Compares the packages' public surfaces with the committed ones; `--update` rewrites these.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { diff, styleText } from 'node:util';
import { describeSurface } from './api/surface.ts';
import { root, workspacePackages } from './workspace.mjs';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly types?: string }>>;
}

const heading = (name: string, subpath: string): string =>
  `// ${name}${subpath.slice(1)}\n// Written by \`npm run api:update\` from the built declarations.\n\n`;

/** The snapshots that should be there: path and content. */
const snapshots = (): Map<string, string> => {
  const wanted = new Map<string, string>();
  for (const { folder, manifest } of workspacePackages() as { folder: string; manifest: Manifest }[]) {
    if (manifest.private === true) continue;
    for (const [subpath, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === 'string' || target.types === undefined) continue;
      const entry = join(root, folder, target.types);
      if (!existsSync(entry)) throw new Error(`${relative(root, entry)} is not built: run "npm run build".`);
      const file = `${basename(folder)}${subpath.slice(1).replaceAll('/', '-')}.api.txt`;
      wanted.set(join(root, folder, 'api', file), heading(manifest.name, subpath) + describeSurface(entry));
    }
  }
  return wanted;
};

const contextLines = 2;

/** The changed lines with a little around them, as a patch shows them. */
const showDiff = (before: string, after: string): string => {
  // Node's words are "actual" and "expected": what the first has alone counts as inserted.
  const lines = diff(after.split('\n'), before.split('\n')).map(([operation, text]) => ({ operation, text }));
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - contextLines), index + contextLines + 1).some(({ operation }) => operation !== 0);
  return lines
    .flatMap(({ operation, text }, index) => {
      if (!isNear(index)) return [];
      if (operation === 0) return [`    ${text}`];
      return [operation > 0 ? styleText('green', `  + ${text}`) : styleText('red', `  - ${text}`)];
    })
    .join('\n');
};

const committed = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
const wanted = snapshots();
const stale = globSync('{packages,apps}/*/api/*.api.txt', { cwd: root })
  .map((file) => join(root, file))
  .filter((file) => !wanted.has(file));
const changed = [...wanted].filter(([file, content]) => committed(file) !== content);

if (process.argv.includes('--update')) {
  for (const [file, content] of changed) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  for (const file of stale) rmSync(file);
  console.log(`${changed.length} of ${wanted.size} surfaces written, ${stale.length} removed`);
} else {
  for (const [file, content] of changed)
    console.log(`${relative(root, file)}\n${showDiff(committed(file), content)}\n`);
  for (const file of stale) console.log(`${relative(root, file)} belongs to no entry of its package any more\n`);
  if (changed.length + stale.length > 0) {
    console.log('The public surface changed. If that is meant: npm run api:update, and a changeset that tells users.');
    process.exitCode = 1;
  } else {
    console.log(`${wanted.size} surfaces as committed`);
  }
}

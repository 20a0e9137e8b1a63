// Takes the pictures of pages that the guides show. Needs Chromium, and changes nothing where there is none; the pictures of the
// terminal are drawn by its tests.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from '../tests/support/install-chromium.ts';
import { picturesOfDashboard } from './docs/dashboard.ts';
import { root } from './workspace.mjs';

const mostBytes = 100_000;
const chromium = findChromium();
const images = join(root, 'docs', 'images');

/** Work of several kinds, deep enough for a picture, half a second in all. */
const program = `import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

const makeRecords = (count) => Array.from({ length: count }, (_, id) => ({ id, tag: String(id % 97), text: 'word '.repeat(id % 40) }));
const groupByTag = (records) => Object.groupBy(records, ({ tag }) => tag);
const digestOf = (records) => createHash('sha256').update(JSON.stringify(records)).digest('hex');
const sortRecords = (records) => records.toSorted((left, right) => left.text.length - right.text.length || right.id - left.id);
const packRecords = (records) => gzipSync(JSON.stringify(records));
const fibonacci = (n) => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));
const summarize = (records) => Object.entries(groupByTag(records)).map(([tag, group]) => [tag, digestOf(group)]);
const runReport = () => {
  const records = sortRecords(makeRecords(6_000));
  return [summarize(records).length, packRecords(records.slice(0, 1_500)).length, fibonacci(24)];
};
for (let round = 0; round < 30; round += 1) runReport();
`;

const tell = (file: string, size: number): void => {
  if (size > mostBytes) throw new Error(`${file} has ${size} bytes, and may have ${mostBytes}.`);
  process.stdout.write(`written: ${file} (${size} bytes)\n`);
};

const takePicture = (page: string, file: string, width: number, height: number): void => {
  const flags = [
    '--headless',
    '--hide-scrollbars',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    `--window-size=${width},${height}`,
    `--screenshot=${file}`,
  ];
  const { status, stderr, error } = spawnSync(chromium ?? '', [...flags, `file://${page}`], { encoding: 'utf8' });
  if (error !== undefined || status !== 0) throw error ?? new Error(stderr);
  tell(file, statSync(file).size);
};

if (chromium === undefined) {
  process.stderr.write('Chromium is missing: install it, so that "chromium" runs.\n');
  process.exitCode = 1;
} else {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-images-'));
  try {
    writeFileSync(join(folder, 'report.mjs'), program);
    const cli = join(root, 'apps', 'cli', 'dist', 'hotpath.js');
    if (!existsSync(cli)) throw new Error('The command is not built: run "npm run build" first.');
    const args = [cli, 'profile', '--quiet', '--output', 'profile', '--', 'report.mjs'];
    execFileSync(process.execPath, args, { cwd: folder, env: { ...process.env, HOTPATH_HOME: folder } });
    takePicture(join(folder, 'profile', 'flamegraph.html'), join(images, 'profile.png'), 1000, 640);
    await picturesOfDashboard((name, picture) => {
      writeFileSync(join(images, name), picture);
      tell(join(images, name), picture.byteLength);
    }, chromium);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

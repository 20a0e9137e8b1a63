/**
 * Runs every failing command of the catalogue with the real tools and writes down what they said:
 *
 *     node packages/batch/test/correct/record.ts [family...]
 *
 * A case whose tools are missing here keeps what was recorded elsewhere. Cases that do not fail are named: they prove nothing.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readFamily, type ShellCase, shellFamilies } from './support/catalogue.ts';
import { createSandbox, findOnPath } from './support/sandbox.ts';

const versions = new Map<string, string>();

const versionOf = (tool: string): string => {
  const known = versions.get(tool);
  if (known !== undefined) return known;
  let version = 'unknown';
  for (const flag of ['--version', '-version', 'version', '-V']) {
    try {
      const said = execFileSync(tool, [flag], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
        timeout: 10_000,
      });
      version = /\d+(\.\d+)+\S*/.exec(said)?.[0] ?? 'unknown';
      if (version !== 'unknown') break;
    } catch {}
  }
  versions.set(tool, version);
  return version;
};

/** Registries that tools here are set to: whoever records may have some of their own, and messages name them. */
const registries = ['npm config get registry', 'pip config get global.index-url', 'pip config get install.index-url']
  .flatMap((line) => {
    const [tool, ...words] = line.split(' ') as [string, ...string[]];
    try {
      return [execFileSync(tool, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()];
    } catch {
      return [];
    }
  })
  .concat(process.env.PIP_INDEX_URL ?? [])
  .filter((text) => URL.canParse(text))
  .map((text) => text.replace(/\/$/, ''));

const record = async (item: ShellCase): Promise<ShellCase> => {
  if (item.tools.some((tool) => findOnPath(tool) === undefined)) {
    console.log(`${item.id}: kept, as ${item.tools.join(', ')} is not all here`);
    return item;
  }
  await using sandbox = await createSandbox(item.setup);
  const ran = await sandbox.run(item.line, item.shell);
  if (ran.exitCode === 0 && ran.stderr === '') console.log(`${item.id}: ${item.line}: does not fail`);
  const clean = (text: string): string =>
    registries
      .reduce((said, url) => said.replaceAll(url, 'https://registry.example'), text)
      .replaceAll(sandbox.folder, '$DIR')
      .replaceAll(dirname(sandbox.folder), '$ROOT')
      .replaceAll(process.env.HOME ?? '/root', '$HOME')
      .replaceAll(/\/tmp\/cc\w+/g, '$TMP')
      .slice(0, 6000);
  return {
    ...item,
    recorded: {
      exitCode: ran.exitCode,
      stdout: clean(ran.stdout),
      stderr: clean(ran.stderr),
      versions: Object.fromEntries(item.tools.map((tool) => [tool, versionOf(tool)])),
    },
  };
};

const asked = process.argv.slice(2);
for (const family of shellFamilies) {
  if (asked.length > 0 && !asked.includes(family)) continue;
  const recorded: ShellCase[] = [];
  for (const item of readFamily(family)) recorded.push(await record(item));
  writeFileSync(new URL(`./catalogue/${family}.json`, import.meta.url), `${JSON.stringify(recorded, undefined, 2)}\n`);
  console.log(`${family}: ${recorded.length}`);
}

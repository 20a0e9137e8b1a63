import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findProblems } from '../config/find-problems.ts';
import { CliError, fileUnusable } from '../errors.ts';
import { makeFolder, sharedFolder } from '../make-folder.ts';

export type Format = 'yaml' | 'json' | 'ts';
export const formats: readonly Format[] = ['yaml', 'json', 'ts'];

const heading = 'Configuration of Hotpath. Every setting is optional; "hotpath config check" shows what is in effect.';

export const renderConfig = async (config: Record<string, unknown>, format: Format): Promise<string> => {
  const json = JSON.stringify(config, undefined, 2);
  if (format === 'json') return `${json}\n`;
  if (format === 'ts') {
    const literal = json.replace(/^( *)"(\w+)":/gm, '$1$2:');
    return `import type { HotpathConfig } from '@hotpath/runtime';\n\n// ${heading}\nexport default ${literal} satisfies HotpathConfig;\n`;
  }
  const { renderYaml } = await import('../config/edit-config.ts');
  return `# ${heading}\n${renderYaml(config)}`;
};

/** Every configuration file in a folder; more than one is an error to whoever reads them. */
export const filesIn = (folder: string): readonly string[] =>
  ['ts', 'mts', 'json', 'yaml', 'yml']
    .map((ending) => join(folder, `hotpath.config.${ending}`))
    .filter((file) => existsSync(file));

/**
 * Writes a configuration that is known to be good, in one step: whatever interrupts it, there is all of the file or none of
 * it. Throws `CLI_FILE_UNUSABLE`, `CLI_CONFIG_EXISTS` and `CLI_CONFIG_INVALID`.
 */
export const writeConfig = async (
  file: string,
  text: string,
  replaces: boolean,
  signal: AbortSignal,
): Promise<void> => {
  const partial = join(dirname(file), `.${process.pid}.${file.slice(dirname(file).length + 1)}`);
  try {
    makeFolder(dirname(file), sharedFolder);
    const handle = await open(partial, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    const wrong = (await findProblems(partial)).filter(({ code }) => code !== 'CONFIG_ENV_MISSING');
    if (wrong.length > 0) {
      const problems = wrong.map(({ path, message }) => `\n  ${path}: ${message}`).join('');
      throw new CliError('CLI_CONFIG_INVALID', `${file} was not written, since it would be wrong:${problems}`);
    }
    signal.throwIfAborted();
    if (!replaces && existsSync(file)) throw configExists(file);
    await rename(partial, file);
  } catch (error) {
    throw error instanceof Error && 'syscall' in error ? fileUnusable(file, error) : error;
  } finally {
    await rm(partial, { force: true });
  }
};

export const configExists = (file: string): CliError =>
  new CliError(
    'CLI_CONFIG_EXISTS',
    `there is ${file} already. Change it with "hotpath config set", or replace it with --force.`,
  );

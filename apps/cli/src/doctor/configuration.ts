import { chmod, stat } from 'node:fs/promises';
import type { Plan } from '@hotpath/runtime';
import { tryCompose } from '../config/try-compose.ts';
import { describeError } from '../errors.ts';
import { failed, type Mendable, ok, warned } from './check.ts';

const howToBegin = 'Write one with "hotpath init", or leave it: the defaults work.';
const othersMayWrite = 0o022;

const checkAccessTo = async (file: string): Promise<Mendable | undefined> => {
  const { mode, uid } = await stat(file);
  if (process.platform === 'win32' || (mode & othersMayWrite) === 0) return undefined;
  return {
    ...warned('CONFIG_FILE', `other users may change ${file}.`, `chmod go-w ${file}`),
    ...(uid === process.getuid?.() && { mend: () => chmod(file, mode & 0o7777 & ~othersMayWrite) }),
  };
};

/** The configuration as it is read, and its plan where it can be. */
export const checkConfiguration = async (
  configFile: string | undefined,
): Promise<{ readonly checks: readonly Mendable[]; readonly plan: Plan | undefined }> => {
  const { planHotpath } = await import('@hotpath/runtime');
  try {
    const plan = await planHotpath(undefined, { configFile });
    const objection = await tryCompose(plan);
    const file = plan.configFile;
    const found =
      file === undefined
        ? warned('CONFIG_FILE', 'there is no configuration file.', howToBegin)
        : ok('CONFIG_FILE', `${file}.`);
    const valid =
      objection === undefined
        ? ok('CONFIG_VALID', 'the configuration is valid.')
        : failed('CONFIG_VALID', objection.message, 'Correct it; "hotpath config check" looks again.');
    // Those of plugins have a finding of their own.
    const ofPlugins = new Set(plan.plugins.warnings);
    const advice = plan.warnings
      .filter((warning) => !ofPlugins.has(warning))
      .map(({ code, message }) => warned(code, message, 'See "hotpath config check".'));
    return { checks: [(file && (await checkAccessTo(file))) || found, valid, ...advice], plan };
  } catch (error) {
    const { message } = describeError(error);
    return {
      checks: [failed('CONFIG_VALID', message, 'Correct it; "hotpath config check" looks again.')],
      plan: undefined,
    };
  }
};

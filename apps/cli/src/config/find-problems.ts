import type { ConfigProblem } from '@hotpath/runtime';
import { tryCompose } from './try-compose.ts';

/**
 * Everything that is wrong with a configuration file, also what only a start would object to. Throws a `ConfigError` for one
 * that cannot be read at all.
 */
export const findProblems = async (configFile: string): Promise<readonly ConfigProblem[]> => {
  const { ConfigError, planHotpath } = await import('@hotpath/runtime');
  try {
    const objection = await tryCompose(await planHotpath(undefined, { configFile, ollamaTimeoutMs: 1 }));
    if (objection === undefined) return [];
    return [{ code: 'CONFIG_INVALID', path: objection.param ?? '', message: objection.message }];
  } catch (error) {
    if (!ConfigError.isInstance(error) || error.problems.length === 0) throw error;
    return error.problems;
  }
};

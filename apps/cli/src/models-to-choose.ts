import type { Hotpath } from '@hotpath/runtime';
import { CliError } from './errors.ts';
import { oneLine } from './plain-text.ts';

const shown = 12;

/** The first dozen of a list, as lines to print, and how many more there are. */
export const firstDozen = (ids: readonly string[]): readonly string[] => [
  ...ids.slice(0, shown).map(oneLine),
  ...(ids.length > shown ? [`and ${ids.length - shown} more: hotpath models`] : []),
];

/**
 * The model to ask where none was named: the configured one, or the only one there is. Throws an error that lists the
 * models and the ways to choose one.
 */
export const chooseModel = async (hotpath: Hotpath): Promise<string> => {
  if (hotpath.config.defaultModel !== undefined) return hotpath.config.defaultModel;
  const { models, failures } = await hotpath.router.models();
  const [only] = models;
  if (only !== undefined && models.length === 1 && failures.length === 0) return only.id;
  if (only === undefined) {
    const reasons = failures.map(({ provider, error }) => `\n  ${provider}: ${error.message}`).join('');
    throw new CliError(
      'CLI_NO_MODELS',
      `no provider has listed a model. Name one with --model provider/model.${reasons}`,
    );
  }
  const list = firstDozen(models.map(({ id }) => id)).map((line) => `\n  ${line}`);
  throw new CliError(
    'CLI_MODEL_MISSING',
    `no model was named, and there is no default. Choose one with --model, HOTPATH_MODEL or defaultModel in the configuration:${list.join('')}`,
    2,
  );
};

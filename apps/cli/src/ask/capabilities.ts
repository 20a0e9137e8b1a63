import type { Capability, Hotpath } from '@hotpath/runtime';
import { CliError } from '../errors.ts';
import { ownValue } from '../own-value.ts';

const words: Readonly<Record<string, string>> = { images: 'images', files: 'PDFs' };

/** A model that may answer, and what is known of what it can; undefined where nothing is. */
interface KnownTarget {
  readonly id: string;
  readonly capabilities: readonly Capability[] | undefined;
}

/** The models behind these names, with what the configuration's routes or the price list say of them. */
export const targetsBehind = async (hotpath: Hotpath, names: readonly string[]): Promise<readonly KnownTarget[]> => {
  const { priceOf } = await import('@hotpath/runtime');
  const { routes, aliases } = hotpath.config;
  const lists = await Promise.all(
    names.map(async (name) => {
      const route = ownValue(routes, name) ?? ownValue(routes, ownValue(aliases, name) ?? '');
      return (await hotpath.router.targetsOf(name)).map((id): KnownTarget => {
        const said = route?.targets.find((target) => typeof target !== 'string' && target.model === id);
        const slash = id.indexOf('/');
        const listed = priceOf(hotpath.prices, id.slice(slash + 1), id.slice(0, slash))?.capabilities;
        return { id, capabilities: (typeof said === 'object' ? said.capabilities : undefined) ?? listed };
      });
    }),
  );
  return lists.flat();
};

/** Whether a model can do something: undefined where nobody knows. */
export const canDo = ({ capabilities }: KnownTarget, need: Capability): boolean | undefined =>
  capabilities?.includes(need);

/**
 * Throws `CLI_MODEL_INCAPABLE` where none of the models takes what is to be sent, before anything is paid. Where any may, the
 * router leaves out the others.
 */
export const refuseIncapable = async (
  hotpath: Hotpath,
  names: readonly string[],
  needs: readonly Capability[],
): Promise<void> => {
  if (needs.length === 0) return;
  const targets = await targetsBehind(hotpath, names);
  if (targets.some((target) => needs.every((need) => canDo(target, need) !== false))) return;
  const lacking = needs.filter((need) => targets.some((target) => canDo(target, need) === false));
  throw new CliError(
    'CLI_MODEL_INCAPABLE',
    `${targets.map(({ id }) => id).join(', ')} cannot take ${lacking.map((need) => words[need] ?? need).join(' and ')}, and nothing was sent. Name a model that can with --model, leave out --attach, or, where it can after all, say so in "capabilities" of a route.`,
  );
};

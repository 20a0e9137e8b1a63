import { formats, type Protocol, type Provider, textProvider } from '@hotpath/ai-router';
import type { DeclaredContribution } from '@hotpath/plugin-loader';
import type { Plugins } from './open-plugins.ts';
import type { PluginSettings } from './plugin-settings.ts';
import { withTimeLimit } from './time-limit.ts';

export interface MakeProviderOptions {
  /** What stands before the slash in `provider/model`. */
  readonly id: string;
  /** As the plugin's manifest names it. */
  readonly name: string;
  readonly settings: PluginSettings;
}

export const textsIn = (declared: DeclaredContribution | undefined, field: string): readonly string[] => {
  const value = declared?.declaration[field];
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : [];
};

const isProtocol = (value: unknown): value is Protocol => typeof value === 'string' && Object.hasOwn(formats, value);

/** What a provider lacks that every one has. */
const missingIn = (made: Partial<Provider>): readonly string[] => [
  ...(typeof made.id === 'string' && made.id !== '' ? [] : ['no "id"']),
  ...(Array.isArray(made.protocols) && made.protocols.length > 0 && made.protocols.every(isProtocol)
    ? []
    : [`no "protocols" out of ${Object.keys(formats).join(', ')}`]),
  ...(['models', 'send', 'close'] as const).flatMap((method) =>
    typeof made[method] === 'function' ? [] : [`no function "${method}"`],
  ),
];

/** Why this is no provider that can be used. */
const faultOf = (made: unknown, declared: readonly string[]): string | undefined => {
  if (typeof made !== 'object' || made === null) return `is ${made === null ? 'null' : typeof made}, and no provider`;
  const missing = missingIn(made);
  if (missing.length > 0) return `has ${missing.join(', ')}`;
  const { protocols } = made as Provider;
  const unspoken = declared.filter((protocol) => !protocols.includes(protocol as Protocol));
  if (unspoken.length === 0) return undefined;
  return `speaks ${protocols.join(', ')}, and its manifest declares ${unspoken.join(' and ')}: declare what it speaks under "protocols"`;
};

/** Whatever it is, nobody will use it any more. */
const discard = async (made: unknown): Promise<void> => {
  try {
    await (made as Partial<Provider> | undefined)?.close?.();
  } catch {
    // It was of no use before either.
  }
};

/**
 * Loads the plugin and makes a provider of it, within the time of an activation. Rejects with why the plugin cannot be used, or with
 * what the provider lacks; one that cannot be used is closed.
 */
export const makeProvider = async (
  plugins: Plugins,
  { id, name, settings }: MakeProviderOptions,
): Promise<Provider> => {
  const declared = plugins.contributions('providers').find((each) => each.name === name);
  const make = await plugins.resolve('providers', name);
  const subject = `The provider "${name}" of the plugin ${declared?.plugin}`;
  const { activationMs } = plugins.timeouts;
  const making = (async (): Promise<unknown> => make({ id, settings, textProvider }))();
  const made = await withTimeLimit(making, activationMs, () => {
    making.then(discard).catch(() => {});
    throw new Error(`${subject} took longer than ${activationMs} ms to be made (plugins.timeouts.activationMs).`);
  });
  const fault = faultOf(made, textsIn(declared, 'protocols'));
  if (fault === undefined) return made as Provider;
  void discard(made);
  throw new Error(`${subject} ${fault}. Tell its author, or disable the plugin.`);
};

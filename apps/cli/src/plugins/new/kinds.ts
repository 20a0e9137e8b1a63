import { commandKind } from './command-kind.ts';
import type { PluginKind } from './kind.ts';
import { pricesKind } from './prices-kind.ts';
import { providerKind } from './provider-kind.ts';
import { storeKind } from './store-kind.ts';

export type KindName = 'command' | 'provider' | 'store' | 'prices';

export const kinds: Readonly<Record<KindName, PluginKind>> = {
  command: commandKind,
  provider: providerKind,
  store: storeKind,
  prices: pricesKind,
};

export const kindNames = Object.keys(kinds) as readonly KindName[];

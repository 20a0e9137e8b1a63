import type { CachedAnswer, PriceTable, Router } from '@hotpath/ai-router';
import type { Cache } from '@hotpath/cache';
import type { ResolvedConfig } from './config.ts';
import type { Folders } from './folders.ts';
import type { Plugins } from './plugins/open-plugins.ts';
import type { ProviderDescription } from './providers.ts';
import type { Warning } from './warning.ts';

/** Everything assembled: ask the `router`, and close when done. */
export interface Hotpath {
  readonly router: Router;
  /** Absent where the configuration switches it off. */
  readonly cache: Cache<CachedAnswer> | undefined;
  /** The list prices, with those of the configuration laid over them. */
  readonly prices: PriceTable;
  readonly config: ResolvedConfig;
  /** The configuration file in use, if there is one. */
  readonly configFile: string | undefined;
  readonly folders: Folders;
  readonly providers: readonly ProviderDescription[];
  readonly plugins: Plugins;
  /** Whether there is nothing but the built-in simulator, because no provider was configured or found. */
  readonly simulated: boolean;
  readonly warnings: readonly Warning[];
  /** Closes connections and files; safe to call twice. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

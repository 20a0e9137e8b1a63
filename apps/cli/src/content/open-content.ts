import { existsSync } from 'node:fs';
import type { ContentStore } from '@hotpath/runtime/content';
import { configFlag } from '../command.ts';
import { CliError, fileUnusable, usageError } from '../errors.ts';
import { note } from '../terminal.ts';

/** Which file of content, for every command of the group. */
export const contentFlags = {
  store: { type: 'string', value: 'file', description: 'File of content (default: the one of the configuration)' },
  config: configFlag,
  json: { type: 'boolean', description: 'Print one JSON object' },
} as const;

interface PlaceFlags {
  readonly store: string | undefined;
  readonly config: string | undefined;
}

export interface OpenedContent {
  /** Undefined where nothing was ever captured. */
  readonly store: ContentStore | undefined;
  /** Whether the configuration has more captured. */
  readonly isCapturing: boolean;
  /** Says where nothing was found what to do. */
  explainNothing(): Promise<void>;
}

const startAgain = 'A gateway that runs goes on as before until it is started again.';

/** `config set` changes a file, which `init` makes; and a gateway holds on to what it was started with. */
const howToSwitchOn = async (configFile: string | undefined): Promise<string> => {
  const { findFile } = await import('../config/find-file.ts');
  const set = '"hotpath config set telemetry.content.enabled true"';
  const steps = (await findFile(configFile)) === undefined ? `"hotpath init --yes" and then ${set}` : set;
  return `Prompts and answers are captured where telemetry.content.enabled of the configuration is true: ${steps}. ${startAgain}`;
};

/** Opens what was captured for `work`, and closes it. Nothing that is too old goes by that. */
export const withContent = async <Result>(
  flags: PlaceFlags,
  command: string,
  work: (opened: OpenedContent) => Promise<Result>,
): Promise<Result> => {
  const { readTelemetryConfig } = await import('@hotpath/runtime/telemetry');
  const { enabled, content } = await readTelemetryConfig(flags.config);
  const path = flags.store ?? content.path;
  const isThere = existsSync(path);
  if (!isThere && flags.store !== undefined) throw fileUnusable(path, new Error('there is no such file'));
  const { openContentStore } = await import('@hotpath/runtime/content');
  const store = isThere ? openContentStore({ path }) : undefined;
  const isCapturing = enabled && content.enabled;
  try {
    return await work({
      store,
      isCapturing,
      async explainNothing() {
        const isEmpty = store === undefined || store.count() === 0;
        if (isCapturing) {
          note(
            isEmpty
              ? `Nothing is captured yet: whatever is asked from now on is. ${startAgain}`
              : 'Nothing was found: ask with fewer words or filters.',
          );
          return;
        }
        const how = await howToSwitchOn(flags.config);
        note(
          isEmpty
            ? `Nothing is captured. ${how}`
            : `Nothing was found: ask with fewer words or filters. No more is captured now. ${how}`,
        );
      },
    });
  } catch (error) {
    const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: string };
    if (code === 'TELEMETRY_QUERY_INVALID' && !(error instanceof CliError)) throw usageError(message ?? '', command);
    throw error;
  } finally {
    store?.close();
  }
};

/** The id of a key by its name or id. */
export const keyIdOf = async (asked: string): Promise<string> => {
  const [{ readKeyNames }, { findFolders }] = await Promise.all([
    import('../analytics/key-names.ts'),
    import('@hotpath/runtime'),
  ]);
  return (await readKeyNames(findFolders().state)).idOf(asked);
};

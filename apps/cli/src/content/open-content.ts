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
  explainNothing(): void;
}

const switchOn =
  'Prompts and answers are captured where telemetry.content.enabled of the configuration is true: "hotpath config set telemetry.content.enabled true".';

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
      explainNothing: () =>
        note(
          store === undefined || store.count() === 0
            ? isCapturing
              ? 'Nothing is captured yet: whatever is asked from now on is.'
              : `Nothing is captured. ${switchOn}`
            : `Nothing was found: ask with fewer words or filters.${isCapturing ? '' : ` No more is captured now. ${switchOn}`}`,
        ),
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

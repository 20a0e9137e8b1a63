import { subscribe } from 'node:diagnostics_channel';

/** What the plugin loader publishes of a failure that nobody caught. Named here: the loader is read only where there are plugins. */
interface ProblemFound {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly plugin?: string;
    readonly cause?: unknown;
  };
}

const withAdvice = ({ code, message, plugin, cause }: ProblemFound['error']): Error =>
  Object.assign(new Error(`${message} Disable it with "hotpath plugins disable ${plugin}".`, { cause }), { code });

/**
 * Turns an error that nobody caught into one that names the plugin it is of; `undefined` where it is of none. The loader tells of it just
 * before the process is told.
 */
export const watchPluginCrashes = (): ((error: unknown) => Error | undefined) => {
  let last: ProblemFound['error'] | undefined;
  subscribe('hotpath:plugins:problem-found', (event) => {
    const { error } = event as ProblemFound;
    if (error.code === 'PLUGIN_CRASHED') last = error;
  });
  return (error) => (last !== undefined && Object.is(last.cause, error) ? withAdvice(last) : undefined);
};

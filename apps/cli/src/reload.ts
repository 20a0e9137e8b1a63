import { isatty } from 'node:tty';
import type { ConfigReloadEvent, ConfigWatch, ConfigWatchOptions, PluginReloadEvent } from '@hotpath/runtime';
import { showDuration } from './figures.ts';
import { note, warn } from './terminal.ts';

/** Tells how the configuration was loaded anew; what is wrong with it in the words of `hotpath config check`. */
export const tellReload = ({ cause, outcome, file, needsRestart, warnings, error }: ConfigReloadEvent): void => {
  if (outcome === 'rejected') {
    warn(`the configuration in use stays, since the changed one cannot be used. ${error?.message}`);
    return;
  }
  // Whoever asked wants to hear of it; a file that says the same as before is nobody's business.
  if (outcome === 'unchanged') {
    if (cause === 'request') note('Configuration unchanged.');
    return;
  }
  note(`Configuration applied${file === undefined ? '' : `: ${file}`}.`);
  for (const { message } of warnings) warn(message);
  if (needsRestart.length > 0) {
    const plural = needsRestart.length > 1;
    warn(`${needsRestart.join(', ')} changed: ${plural ? 'they take' : 'it takes'} effect with the next start.`);
  }
};

/** Tells how a plugin in development was loaded anew. */
export const tellPluginReload = ({ plugin, outcome, durationMs, error }: PluginReloadEvent): void => {
  if (outcome === 'reloaded') {
    note(`Plugin ${plugin} reloaded in ${showDuration(durationMs)}.`);
    return;
  }
  const consequence =
    outcome === 'rejected' ? 'what is in use of it stays' : 'nothing of it is in use until that is mended';
  warn(`the changed plugin ${plugin} cannot be used: ${consequence}. ${error?.message}`);
};

/** Follows the configuration file, and loads it at SIGHUP, as servers do. */
export const followConfig = async (options: ConfigWatchOptions): Promise<ConfigWatch> => {
  const { watchConfig } = await import('@hotpath/runtime');
  const watch = await watchConfig(options);
  const terminals = [0, 1, 2].filter((fd) => isatty(fd));
  const onHangUp = (): void => {
    // The same signal says that the terminal is gone, and with it whoever could stop this.
    if (terminals.some((fd) => !isatty(fd))) process.exit(129);
    void watch.reload();
  };
  // On Windows it says that alone.
  if (process.platform !== 'win32') process.on('SIGHUP', onHangUp);
  return {
    reload: watch.reload,
    async close() {
      process.off('SIGHUP', onHangUp);
      await watch.close();
    },
  };
};

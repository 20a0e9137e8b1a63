/** How a run ended before its time: by whom, and with which exit code. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** Undefined while nothing has interrupted the run. */
  exitCode(): number | undefined;
}

/** How long a command may take to clean up after a signal. */
const patienceMs = 1000;

const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Watches for everything that ends a run early. The first SIGINT or SIGTERM aborts `signal` and leaves a moment to clean
 * up, another one exits at once. A reader of standard output that leaves (`| head`) aborts as well and is no failure.
 */
export const watchInterruptions = (options: { readonly signals: boolean }): Interruption => {
  const controller = new AbortController();
  let code: number | undefined;
  if (options.signals) {
    for (const [name, exitCode] of Object.entries(signalCodes)) {
      process.on(name, () => {
        if (controller.signal.aborted) process.exit(exitCode);
        code = exitCode;
        controller.abort();
        setTimeout(() => process.exit(exitCode), patienceMs).unref();
      });
    }
  }
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      code ??= 0;
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => code };
};

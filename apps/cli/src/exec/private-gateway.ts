import { randomBytes } from 'node:crypto';
import { unusableAddress } from '../find-port.ts';
import { lossOf } from '../telemetry/loss.ts';
import { warn } from '../terminal.ts';
import { type Figures, startTally } from './tally.ts';

export interface PrivateGateway {
  /** With a secret in its path: whoever else is on this machine finds the port, but not the rest. */
  readonly url: string;
  /** Whether nothing but the simulator answers whoever has no key of its own. */
  readonly isSimulated: boolean;
  /** Whether anything was answered by another than the simulator so far. */
  readonly hasReal: () => boolean;
  readonly warnings: readonly string[];
  readonly figures: () => Figures;
  /** Lets answers in flight finish for at most `graceMs`; may be called again to shorten that. */
  close(graceMs: number): Promise<void>;
  /** How long answers in flight may take when it closes, milliseconds. */
  readonly graceMs: number;
}

const host = '127.0.0.1';

/** Starts a gateway in this process, on any free port of this machine alone, as the configuration has it otherwise. */
export const openPrivateGateway = async (configFile: string | undefined): Promise<PrivateGateway> => {
  const server = import('@hotpath/server');
  const { createHotpath } = await import('@hotpath/runtime');
  const hotpath = await createHotpath(undefined, { configFile, warmCache: false });
  const tally = await startTally(hotpath.prices);
  const { openTelemetry } = await import('@hotpath/runtime/telemetry');
  const telemetry = openTelemetry({
    config: hotpath.config.telemetry,
    command: 'exec',
    prices: () => hotpath.prices,
    isLong: true,
    onError: (error, where) => warn(lossOf(error, where)),
  });
  try {
    const { startServer } = await server;
    const { allowedHosts, bodyLimitBytes, shutdownGraceMs } = hotpath.config.server;
    const running = await startServer({
      hotpath,
      host,
      port: 0,
      allowedHosts,
      bodyLimitBytes,
      cacheScope: hotpath.config.cache.scope,
      pathToken: randomBytes(18).toString('base64url'),
    }).catch((error: unknown) => {
      throw unusableAddress(host, 0, error);
    });
    return {
      url: running.url,
      isSimulated: hotpath.simulated,
      warnings: hotpath.warnings.map(({ message }) => message),
      figures: tally.figures,
      hasReal: tally.hasReal,
      graceMs: shutdownGraceMs,
      async close(graceMs) {
        await running.close({ graceMs });
        tally.stop();
        await hotpath.close();
        await telemetry.close();
      },
    };
  } catch (error) {
    tally.stop();
    await hotpath.close();
    await telemetry.close();
    throw error;
  }
};

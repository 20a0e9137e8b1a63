import { createServer } from 'node:net';
import { CliError } from './errors.ts';

const tryPort = (host: string, port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
    });
  });

const systemCalls: readonly unknown[] = ['listen', 'bind', 'getaddrinfo'];

/** Says why an address cannot be listened on, and what to do. What failed for another reason says that itself. */
export const unusableAddress = (host: string, port: number, error: unknown): unknown => {
  const { code, syscall } = (error ?? {}) as { readonly code?: unknown; readonly syscall?: unknown };
  if (!systemCalls.includes(syscall)) return error;
  switch (code) {
    case 'EADDRINUSE':
      return new CliError(
        'CLI_PORT_TAKEN',
        `port ${port} on ${host} is taken. Choose another with --port, or stop what listens there.`,
      );
    case 'EACCES':
      return new CliError('CLI_ADDRESS_UNUSABLE', `port ${port} needs more rights. Choose one above 1023 with --port.`);
    default:
      return new CliError(
        'CLI_ADDRESS_UNUSABLE',
        `cannot listen on ${host}, which is no address of this machine (${code}). Correct --host.`,
      );
  }
};

/**
 * The first free port from `port` on, trying at most `furtherPorts` more. Known before anything is assembled, since the
 * gateway must not take itself for a provider.
 */
export const findPort = async (host: string, port: number, furtherPorts: number): Promise<number> => {
  for (let candidate = port; ; candidate += 1) {
    try {
      return await tryPort(host, candidate);
    } catch (error) {
      const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!taken || candidate >= Math.min(port + furtherPorts, 65_535)) throw unusableAddress(host, candidate, error);
    }
  }
};

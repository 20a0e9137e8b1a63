import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

const known = new WeakMap<Socket, boolean>();

/** As the kernel writes it: bytes of an address in groups of four, each the wrong way round, and the port in hexadecimal digits. */
const portOf = (address: string): number => Number.parseInt(address.slice(address.lastIndexOf(':') + 1), 16);

/** The user whose process has the other end of a connection on this machine; undefined where that cannot be known. */
const userOf = ({ remotePort, localPort }: Socket): number | undefined => {
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    let lines: readonly string[];
    try {
      lines = readFileSync(file, 'latin1').split('\n').slice(1);
    } catch {
      continue;
    }
    for (const line of lines) {
      const [, local = '', remote = '', , , , , user] = line.trim().split(/\s+/);
      if (portOf(local) === remotePort && portOf(remote) === localPort) return Number(user);
    }
  }
  return undefined;
};

/**
 * Whether a connection from this machine comes from the user of this process, or from root: on a machine of many, loopback is
 * everybody's. Where the system does not tell (it is Linux that does, by proc(5)), it is taken to be.
 */
export const isOfSameUser = (socket: Socket): boolean => {
  let isSame = known.get(socket);
  if (isSame === undefined) {
    const user = process.platform === 'linux' ? userOf(socket) : undefined;
    isSame = user === undefined || user === 0 || user === process.getuid?.();
    known.set(socket, isSame);
  }
  return isSame;
};

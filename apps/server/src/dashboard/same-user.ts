import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { endianness } from 'node:os';

/** The parts of a socket that tell which connection it is. */
export type Ends = Pick<Socket, 'remoteAddress' | 'remotePort' | 'localAddress' | 'localPort'>;

const known = new WeakMap<Ends, boolean>();

/** `TCP_ESTABLISHED` of Linux. Connections in other states may have no owner any more, and are then told as those of root. */
const established = '01';
const mapped = '0000:0000:0000:0000:0000:ffff';

/** 32 hexadecimal digits, those of IPv4 as IPv6 has them (RFC 4291, 2.5.5.2). */
const digitsOf = (address: string): string => {
  const plain = address
    .replace(/%.*$/, '')
    .replace(/^(?=[\d.]+$)/, `${mapped}:`)
    .replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes) => {
      const [a = '', b = '', c = '', d = ''] = bytes
        .slice(0, 4)
        .map((byte) => Number(byte).toString(16).padStart(2, '0'));
      return `${a}${b}:${c}${d}`;
    });
  const [head = [], tail = []] = plain.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const between = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...between, ...tail].map((group) => group.padStart(4, '0')).join('');
};

const endOf = (address: string, port: number): string => `${digitsOf(address)}:${port}`;

/** As the kernel writes it: each four bytes of an address in the order of the machine, and the port, in hexadecimal digits. */
const kernelEndOf = (text: string): string => {
  const [address = '', port = ''] = text.toLowerCase().split(':');
  const words = address.match(/.{8}/g) ?? [];
  const bytes = words.map((word) => (endianness() === 'LE' ? (word.match(/../g) ?? []).reverse().join('') : word));
  const prefix = words.length === 1 ? mapped.replaceAll(':', '') : '';
  return `${prefix}${bytes.join('')}:${Number.parseInt(port, 16)}`;
};

/** The tables of connections of this machine by proc(5), both in one; undefined where there are none. */
const readTables = (): string | undefined => {
  const texts = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return [readFileSync(file, 'latin1')];
    } catch {
      return [];
    }
  });
  return texts.length === 0 ? undefined : texts.join('\n');
};

/** The user whose process has the other end of a connection; undefined where no process has it. */
const userIn = (tables: string, { remoteAddress, remotePort, localAddress, localPort }: Ends): number | undefined => {
  if (remoteAddress === undefined || localAddress === undefined) return undefined;
  const theirs = endOf(remoteAddress, remotePort ?? 0);
  const ours = endOf(localAddress, localPort ?? 0);
  // Most rows are told apart by it alone.
  const port = (remotePort ?? 0).toString(16).toUpperCase().padStart(4, '0');
  for (const line of tables.split('\n')) {
    const [, local = '', remote = '', state, , , , user, , inode = '0'] = line.trim().split(/\s+/);
    if (state !== established || inode === '0' || !local.endsWith(port)) continue;
    if (kernelEndOf(local) === theirs && kernelEndOf(remote) === ours) return Number(user);
  }
  return undefined;
};

/**
 * Whether a connection from this machine comes from the user of this process, or from root: on a machine of many, loopback is
 * everybody's. It does not where nobody has its other end any more. Where the system has no tables of connections (it is Linux that
 * has), it is taken to be.
 */
export const isOfSameUser = (socket: Ends, read: () => string | undefined = readTables): boolean => {
  const before = known.get(socket);
  if (before !== undefined) return before;
  const tables = process.platform === 'linux' ? read() : undefined;
  if (tables === undefined) return true;
  const user = userIn(tables, socket);
  if (user === undefined) return false;
  const isSame = user === 0 || user === process.getuid?.();
  known.set(socket, isSame);
  return isSame;
};

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { isOfSameUser } from '../../src/dashboard/same-user.ts';

/** "nobody" of Linux. */
const nobody = 65_534;
const isLinux = process.platform === 'linux';
const isRoot = isLinux && process.getuid?.() === 0;

let server: Server;
let child: ChildProcess | undefined;
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  await once(server.listen(0, '::'), 'listening');
});
afterEach(() => {
  child?.kill('SIGKILL');
  server.close();
});

const port = (): number => (server.address() as AddressInfo).port;
const accepted = async (): Promise<Socket> => (await once(server, 'connection'))[0] as Socket;

it.each(['127.0.0.1', '::1'])('knows a connection of its own user, by %s', async (address) => {
  const incoming = accepted();
  const client = connect(port(), address);
  const socket = await incoming;
  expect(isOfSameUser(socket)).toBe(true);
  client.destroy();
  socket.destroy();
});

it.skipIf(!isRoot)('knows one of another user (needs root, to be somebody else)', async () => {
  const incoming = accepted();
  child = spawn('/bin/bash', ['-c', `exec 3<>/dev/tcp/127.0.0.1/${port()}; read -r -u 3`], { uid: nobody, cwd: '/' });
  const socket = await incoming;
  expect(isOfSameUser(socket)).toBe(false);
  socket.destroy();
});

it.skipIf(!isLinux)('lets nobody in whose end of the connection is closed (needs the tables of Linux)', async () => {
  const incoming = accepted();
  const client = connect(port(), '127.0.0.1');
  const socket = await incoming;
  client.destroy();
  // Its end stays in the table as that of user 0, without a process.
  const leaving = new RegExp(`:${port().toString(16).padStart(4, '0')} 0[45] `, 'i');
  await vi.waitUntil(() => leaving.test(readFileSync('/proc/net/tcp', 'latin1')), { timeout: 5_000 });
  expect(isOfSameUser(socket)).toBe(false);
  socket.destroy();
  expect(isOfSameUser(socket)).toBe(false);
});

describe.skipIf(!isLinux)('by the table of connections (it is looked at on Linux alone)', () => {
  const own = process.getuid?.() ?? 0;
  /** `local` and `remote` as on a machine that has the lowest byte first. */
  const row = (local: string, remote: string, state: string, user: number, inode = 4711): string =>
    `   1: ${local} ${remote} ${state} 00000000:00000000 00:00000000 00000000 ${user} 0 ${inode} 1 0000000000000000 20 4 30 10 -1`;
  const table =
    (...rows: readonly string[]) =>
    () =>
      [
        '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
        ...rows,
      ].join('\n');
  /** From port 40,000 to 4,100. */
  const ends = (remoteAddress: string, localAddress: string) => ({
    remoteAddress,
    remotePort: 0x9c40,
    localAddress,
    localPort: 0x1004,
  });
  const first = '0100007F:9C40';
  const gateway = '0100007F:1004';
  const mapped = (end: string): string => `0000000000000000FFFF0000${end}`;

  it.each([
    ['its own', row(first, gateway, '01', own), true],
    ['root’s', row(first, gateway, '01', 0), true],
    ['its own, as IPv6 writes IPv4', row(mapped(first), mapped(gateway), '01', own), true],
    ['somebody else’s', row(first, gateway, '01', own + 1), false],
    ['over, and nobody’s', row(first, gateway, '06', 0, 0), false],
    ['without a process', row(first, gateway, '01', 0, 0), false],
    ['the gateway’s own end', row(gateway, first, '01', own), false],
    ['not there', row('0100007F:9C41', gateway, '01', own), false],
  ])('takes a row that is %s for what it is', (_what, text, isSame) => {
    expect(isOfSameUser(ends('127.0.0.1', '127.0.0.1'), table(text))).toBe(isSame);
    expect(isOfSameUser(ends('::ffff:127.0.0.1', '::ffff:127.0.0.1'), table(text))).toBe(isSame);
  });

  it('tells another address with the same ports apart', () => {
    const others = [row(first, gateway, '06', 0, 0), row(first, gateway, '01', own)];
    expect(isOfSameUser(ends('127.0.0.2', '127.0.0.1'), table(...others))).toBe(false);
    expect(isOfSameUser(ends('127.0.0.1', '127.0.0.2'), table(...others))).toBe(false);
    const theirs = row('0200007F:9C40', gateway, '01', own + 1);
    expect(isOfSameUser(ends('127.0.0.2', '127.0.0.1'), table(...others, theirs))).toBe(false);
  });

  it('reads addresses of IPv6', () => {
    const one = '00000000000000000000000001000000';
    const text = row(`${one}:9C40`, `${one}:1004`, '01', own);
    expect(isOfSameUser(ends('::1', '::1'), table(text))).toBe(true);
    expect(isOfSameUser(ends('::2', '::1'), table(text))).toBe(false);
    const long = row('B80D0120000000000000000001000000:9C40', `${one}:1004`, '01', own);
    expect(isOfSameUser(ends('2001:db8::1', '::1'), table(long))).toBe(true);
  });

  it('asks again where nobody was found, and remembers who was', () => {
    const socket = ends('127.0.0.1', '127.0.0.1');
    expect(isOfSameUser(socket, table())).toBe(false);
    expect(isOfSameUser(socket, table(row(first, gateway, '01', own)))).toBe(true);
    expect(isOfSameUser(socket, table())).toBe(true);
    expect(isOfSameUser(ends('127.0.0.1', '127.0.0.1'), () => undefined)).toBe(true);
  });
});

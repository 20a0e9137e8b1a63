import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isOfSameUser } from '../../src/dashboard/same-user.ts';

/** "nobody" of Linux. */
const nobody = 65_534;
const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

let server: Server;
let child: ChildProcess | undefined;
beforeEach(async () => {
  server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterEach(() => {
  child?.kill('SIGKILL');
  server.close();
});

const port = (): number => (server.address() as AddressInfo).port;
const accepted = async (): Promise<Socket> => (await once(server, 'connection'))[0] as Socket;

it('knows a connection of its own user', async () => {
  const incoming = accepted();
  const client = connect(port(), '127.0.0.1');
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

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath, type HotpathConfig } from '@hotpath/runtime';
import { openTelemetry } from '@hotpath/runtime/telemetry';
import { createLive, openAdminKey, startServer } from '../../src/index.ts';
import { openKeyStore } from '../../src/keys.ts';

export const adminKey = 'an admin key that is long enough, and no more';

/** A gateway whose provider is the simulator, and which records what it does. */
export const startObserved = async (config: HotpathConfig = {}, { hasKeys = false } = {}) => {
  const root = mkdtempSync(join(tmpdir(), 'hotpath-dashboard-'));
  const hotpath: Hotpath = await createHotpath(
    { providers: { sim: {} }, prices: { 'sim-1': { input: 2, output: 10 } }, ...config },
    { folder: root, environment: { HOTPATH_HOME: root, OLLAMA_HOST: '127.0.0.1:1' } },
  );
  const keys = hasKeys ? openKeyStore({ path: join(root, 'keys.sqlite') }) : undefined;
  const live = createLive({ everyMs: 20 });
  const telemetry = openTelemetry({
    config: hotpath.config.telemetry,
    command: 'serve',
    prices: () => hotpath.prices,
    exporters: [live.exporter],
    isLong: true,
  });
  const server = await startServer({
    hotpath,
    port: 0,
    adminKey: openAdminKey({ folder: root, environment: { HOTPATH_ADMIN_KEY: adminKey } }),
    ...(keys && { keys }),
    observed: { telemetry, live },
    version: '1.2.3',
    commentMs: 100,
  });
  const api = `${server.url}/api/dashboard/v1`;

  const get = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await fetch(`${api}${path}`, { headers });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const send = (method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${api}${path}`, {
      method,
      headers: { 'content-type': 'application/json', 'x-hotpath-dashboard': '1', ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
  const post = (path: string, body: object, headers: Readonly<Record<string, string>> = {}) =>
    send('POST', path, body, headers);
  /** Asks the gateway, and returns the id of the request. */
  const ask = async (text: string, more: object = {}): Promise<string> => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'sim/sim-1', messages: [{ role: 'user', content: text }], ...more }),
    });
    await response.text();
    return response.headers.get('x-hotpath-request-id') ?? '';
  };
  return {
    hotpath,
    telemetry,
    api,
    url: server.url,
    get,
    post,
    send,
    ask,
    async close() {
      await server.close({ graceMs: 0 });
      await hotpath.close();
      keys?.close();
      live.close();
      await telemetry.close();
      rmSync(root, { recursive: true, force: true });
    },
  };
};

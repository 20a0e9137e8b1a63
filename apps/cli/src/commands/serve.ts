import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ConfigReloadEvent, Hotpath, Plan, PluginReloadEvent, PluginWatch } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import { usageError } from '../errors.ts';
import { findPort, unusableAddress } from '../find-port.ts';
import { chooseLog, logFlags } from '../log-flags.ts';
import { firstDozen } from '../models-to-choose.ts';
import { oneLine } from '../plain-text.ts';
import { followConfig, tellPluginReload, tellReload } from '../reload.ts';
import { alertFaults } from '../telemetry/alert-faults.ts';
import { alertLog } from '../telemetry/alert-log.ts';
import { note, styledOut, warn, writeOut } from '../terminal.ts';
import { version } from '../version.ts';

const usualPort = 4000;
const furtherPorts = 100;
/** A provider that is slow to list its models must not hold the banner back. */
const modelsPatienceMs = 1000;

interface Address {
  readonly host: string;
  readonly port: number;
  /** Where a client on this machine reaches the gateway. */
  readonly url: string;
}

interface PortChoice {
  readonly port: number;
  /** How many ports after it may be taken instead. */
  readonly further: number;
}

/** Port by flag, variable or configuration, where it must be free; else 4000 or the next free one. */
const choosePort = async (flag: number | undefined, host: string, config: Hotpath['config']): Promise<PortChoice> => {
  const variable = process.env.HOTPATH_PORT?.trim() || undefined;
  const fromVariable = variable === undefined ? undefined : Number(variable);
  if (fromVariable !== undefined && !(Number.isInteger(fromVariable) && fromVariable >= 0 && fromVariable <= 65_535)) {
    throw usageError(`HOTPATH_PORT must be a whole number from 0 to 65535, not "${variable}".`, 'serve');
  }
  const fixed = flag ?? fromVariable ?? config.server.port;
  const further = fixed === undefined ? furtherPorts : 0;
  return { port: await findPort(host, fixed ?? usualPort, further), further };
};

const isLoopback = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/.test(host);

/** An address to bind to is not always one to call. */
const callable = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
};

const listModels = async (hotpath: Hotpath): Promise<readonly string[]> => {
  const { models, failures } = await hotpath.router.models({ timeoutMs: modelsPatienceMs });
  for (const { error } of failures) warn(error.message);
  return models.map(({ id }) => id);
};

const curlLine = (url: string, model: string): string => {
  const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'Hello!' }] }).replaceAll(
    "'",
    String.raw`'\''`,
  );
  return `curl ${url}/v1/chat/completions -H 'content-type: application/json' -d '${body}'`;
};

const banner = (hotpath: Hotpath, url: string, models: readonly string[]): string => {
  const label = (text: string): string => styledOut('dim', text.padEnd(9));
  const [first, ...rest] = firstDozen(models);
  const simulator = hotpath.simulated ? ' (a simulator: no provider is set up)' : '';
  const example = hotpath.config.defaultModel ?? models[0];
  const lines = [
    `${styledOut('bold', 'Hotpath')} is ready at ${styledOut(['bold', 'cyan'], url)}`,
    '',
    `  ${label('models')}${first ?? 'none listed yet: see hotpath models'}${simulator}`,
    ...rest.map((model) => `  ${label('')}${model}`),
    `  ${label('cache')}${hotpath.config.cache.enabled ? hotpath.config.cache.path : 'off'}`,
    ...(hotpath.configFile === undefined ? [] : [`  ${label('config')}${hotpath.configFile}`]),
    '',
    '  Point an SDK at it:',
    `    export OPENAI_BASE_URL=${url}/v1`,
    `    export ANTHROPIC_BASE_URL=${url}`,
    ...(example === undefined ? [] : ['  Or try it:', `    ${oneLine(curlLine(url, example))}`]),
    '',
  ];
  return `${lines.join('\n')}\n`;
};

const announce = async (hotpath: Hotpath, address: Address, hasKeys: boolean, json: boolean): Promise<void> => {
  for (const { message } of hotpath.warnings) warn(message);
  if (!isLoopback(address.host) && !hasKeys) {
    warn(`listening on ${address.host}: everybody who reaches this machine can use your providers' keys.`);
  }
  const models = await listModels(hotpath);
  if (json) {
    const { cache } = hotpath.config;
    const ready = {
      event: 'ready',
      ...address,
      models,
      simulated: hotpath.simulated,
      cacheFile: cache.enabled ? cache.path : null,
      configFile: hotpath.configFile ?? null,
      warnings: hotpath.warnings,
    };
    await writeOut(`${JSON.stringify(ready)}\n`);
  } else await writeOut(banner(hotpath, address.url, models));
  if (hotpath.simulated) {
    warn(
      'answers are simulated, but for clients that send their own key to OpenAI, Anthropic or xAI, because no provider is set up. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or XAI_API_KEY, start Ollama, or write a hotpath.config.yaml, then start again.',
    );
  }
};

/** A folder that nothing can be written to, such as that of a container, is no reason to answer nobody. */
const adminKeyOr = <Key>(open: () => Key): Key | undefined => {
  try {
    return open();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    if (code !== 'KEYS_ADMIN_KEY_UNAVAILABLE') throw error;
    warn(`there is no admin API. ${message}`);
    return undefined;
  }
};

/** A terminal and a parent process may both pass on one and the same Ctrl-C. */
const sameSignalMs = 500;

/** Resolves at the first SIGINT or SIGTERM. A second one exits at once. */
const waitForStop = (json: boolean): Promise<void> =>
  new Promise((resolve) => {
    let first: { readonly name: string; readonly at: number } | undefined;
    for (const [name, exitCode] of Object.entries({ SIGINT: 130, SIGTERM: 143 })) {
      process.on(name, () => {
        if (first !== undefined) {
          if (first.name === name && performance.now() - first.at < sameSignalMs) return;
          process.exit(exitCode);
        }
        first = { name, at: performance.now() };
        if (!json) note('Stopping: answers in flight may finish. Again to stop at once.');
        resolve();
      });
    }
  });

export const serve = defineCommand({
  name: 'serve',
  summary: 'Start the OpenAI- and Anthropic-compatible gateway',
  description:
    'Listens on 127.0.0.1:4000, or the next free port, until Ctrl-C; answers in flight then finish, up to\nserver.shutdownGraceMs of the configuration. A second Ctrl-C stops at once. A changed configuration file takes effect at\nonce, where it is good; SIGHUP loads it as well. A linked plugin is loaded anew when its files change.',
  flags: {
    port: {
      type: 'number',
      short: 'p',
      integer: true,
      between: [0, 65_535],
      description: 'Fixed port, 0 for any (default: HOTPATH_PORT, server.port of the configuration, 4000 or next)',
    },
    'allow-anonymous': {
      type: 'boolean',
      description: 'Listen for other machines although there is no key: whoever reaches this one is answered',
    },
    host: { type: 'string', value: 'address', description: 'Address to listen on (default: 127.0.0.1)' },
    'watch-plugins': {
      type: 'boolean',
      description: "Reload the project's and the configuration's plugins too when they change, not linked ones alone",
    },
    json: { type: 'boolean', description: 'Print one JSON line when ready' },
    ...logFlags,
    config: configFlag,
  },
  examples: [
    'hotpath serve',
    'hotpath serve --log-level info --log-format json 2> requests.log',
    'hotpath serve --port 4100',
    'OPENAI_API_KEY=sk-… hotpath serve',
    'hotpath serve --config deploy/hotpath.config.yaml --json',
    'hotpath plugins link ../acme-models && hotpath serve',
  ],
  ownSignals: true,
  async run({ flags, signal }) {
    const server = import('@hotpath/server');
    const { createKeyLimits, keyFileIn, openKeyStore } = await import('@hotpath/server/keys');
    const {
      activatePlugins,
      composeHotpath,
      createSharedParts,
      findFolders,
      planHotpath,
      runtimeChannels,
      watchPlugins,
    } = await import('@hotpath/runtime');
    const { openAlerts, openTelemetry } = await import('@hotpath/runtime/telemetry');
    const { createLive, createLog, createSwap, logFormats, logLevels, logTraffic, openAdminKey, startServer } =
      await server;
    const logged = chooseLog(flags, { logFormats, logLevels });
    const log = createLog(logged);
    const onError = (error: unknown): void => {
      const message = error instanceof Error ? error.message : String(error);
      // Whoever reads objects stumbles over any other line.
      if (logged.format === 'json') log.write('error', message, { code: (error as { code?: unknown } | null)?.code });
      else warn(message);
    };
    const state = findFolders().state;
    const keys = openKeyStore({ path: keyFileIn(state), onError });
    const stopped = waitForStop(flags.json);
    let choice: PortChoice = { port: usualPort, further: furtherPorts };
    const parts = createSharedParts();
    const compose = (given: Plan): Promise<Hotpath> =>
      composeHotpath(given, { parts, limitsOf: createKeyLimits(keys, onError) });
    const readAt = Date.now();
    const plan = await planHotpath(undefined, {
      configFile: flags.config,
      ownPort: async (config) => {
        choice = await choosePort(flags.port, flags.host ?? config.server.host, config);
        return choice.port;
      },
    });
    const { hotpath, replace } = createSwap(await compose(plan));
    const live = createLive();
    const telemetry = openTelemetry({
      exporters: [live.exporter],
      config: hotpath.config.telemetry,
      command: 'serve',
      prices: () => hotpath.prices,
      isLong: true,
      onError,
    });
    const alerts = await openAlerts({
      config: hotpath.config.alerts,
      collector: telemetry.collector,
      folders: hotpath.folders,
      origin: hostname(),
      sinks: [alertLog(log)],
      faults: alertFaults(log),
      ask: telemetry.ask,
    });
    // A log of objects has reloads among them; where there is none, or one for people, they are told in full.
    let pluginWatch: PluginWatch | undefined;
    const isLogged = logged.format === 'json' && log.wants('warn');
    const stopLog = logTraffic({ log, reloads: isLogged });
    const onReload = (event: unknown): void => tellReload(event as ConfigReloadEvent);
    const onPluginReload = (event: unknown): void => tellPluginReload(event as PluginReloadEvent);
    if (!isLogged) {
      runtimeChannels.configReload.subscribe(onReload);
      runtimeChannels.pluginReload.subscribe(onPluginReload);
    }
    /** Those that wait for a gateway. Nobody else waits for them. */
    const startPlugins = async ({ plugins }: Hotpath): Promise<void> => {
      for (const { code, message } of await activatePlugins(plugins, 'serve')) {
        if (isLogged) log.write('warn', message, { code });
        else warn(message);
      }
    };
    try {
      const { allowedHosts, bodyLimitBytes } = hotpath.config.server;
      const { enabled: hasBatches, ...batchLimits } = hotpath.config.batches;
      const host = flags.host ?? hotpath.config.server.host;
      const adminKey = adminKeyOr(() => openAdminKey({ folder: state }));
      const running = await startServer({
        hotpath,
        host,
        port: choice.port,
        // Another one may have taken the port since it was found free.
        furtherPorts: choice.further,
        allowedHosts,
        bodyLimitBytes,
        cacheScope: hotpath.config.cache.scope,
        keys,
        ...(adminKey && { adminKey }),
        allowAnonymous: flags['allow-anonymous'],
        version,
        observed: { telemetry, live, alerts },
        ...(hasBatches && { batches: { ...batchLimits, folder: join(state, 'batches') } }),
        onError,
      }).catch((error: unknown) => {
        throw unusableAddress(host, choice.port, error);
      });
      const watch = await followConfig({
        plan,
        readAt,
        load: (configFile, importModule) =>
          planHotpath(undefined, { configFile, importModule, ownPort: async () => running.port }),
        async apply(next) {
          const composed = await compose(next);
          // What is replaced may go on for a long time; that it could not be closed is no reason to keep it in use.
          replace(composed).catch((error: unknown) =>
            onError(new Error(`The replaced configuration was not closed: ${error}`)),
          );
          startPlugins(composed).catch(onError);
          await pluginWatch?.follow();
        },
      });
      pluginWatch = await watchPlugins({
        plugins: () => hotpath.plugins,
        since: readAt,
        watches: flags['watch-plugins'] ? 'all' : 'links',
        recompose: watch.reload,
      });
      startPlugins(hotpath).catch(onError);
      if (choice.further > 0 && running.port !== usualPort) warn(`port ${usualPort} is taken: using ${running.port}.`);
      await announce(
        hotpath,
        { host, port: running.port, url: `http://${callable(host)}:${running.port}` },
        keys.hasKeys(),
        flags.json,
      );
      const interrupted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      if (!signal.aborted) await Promise.race([stopped, interrupted]);
      await pluginWatch.close();
      await watch.close();
      await running.close({ graceMs: hotpath.config.server.shutdownGraceMs });
      return 0;
    } finally {
      await hotpath.close();
      live.close();
      await alerts?.close();
      await telemetry.close();
      runtimeChannels.configReload.unsubscribe(onReload);
      runtimeChannels.pluginReload.unsubscribe(onPluginReload);
      stopLog();
      await log.flush();
      // Last: answers that the router has cut are settled too.
      keys.close();
    }
  },
});

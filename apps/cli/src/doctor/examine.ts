import type { Finding } from '../cache-findings.ts';
import type { CatalogueEntry } from '../command.ts';
import { describeError } from '../errors.ts';
import { examineCache } from '../examine-cache.ts';
import { checkAccess } from './access.ts';
import { type Check, failed, type Mendable } from './check.ts';
import { checkConfiguration } from './configuration.ts';
import { checkEvents } from './events.ts';
import { checkFolders } from './folders.ts';
import { checkGateway } from './gateway.ts';
import { checkInstallation, checkNode } from './installation.ts';
import { checkPlugins } from './plugins.ts';
import { checkProxy } from './proxy.ts';
import { checkCompletions } from './shell.ts';

export interface ExamineOptions {
  readonly configFile: string | undefined;
  /** For each call to a provider, milliseconds. */
  readonly timeoutMs: number;
  /** Every command there is. */
  readonly catalogue: readonly CatalogueEntry[];
  readonly signal: AbortSignal;
  /** Told what is being looked at. */
  readonly tell: (text: string) => void;
}

const usualPort = 4000;
const statusOf = { ok: 'ok', note: 'warn', problem: 'fail' } as const;

const fromCache = ({ level, about, message, advice }: Finding): Check => ({
  code: `CACHE:${about}`,
  status: statusOf[level],
  text: message,
  ...(advice !== undefined && { fix: advice }),
});

/** Whatever goes wrong while looking is a finding too. */
const attempt = async (code: string, look: () => Promise<readonly Mendable[]>): Promise<readonly Mendable[]> => {
  try {
    return await look();
  } catch (error) {
    return [failed(code, describeError(error).message, 'Run "hotpath doctor --debug", and mend what it names.')];
  }
};

/** Looks at the whole set-up, and changes nothing. */
export const examine = async (options: ExamineOptions): Promise<readonly Mendable[]> => {
  const { configFile, timeoutMs, catalogue, signal, tell } = options;
  const { checks: configuration, plan } = await checkConfiguration(configFile);
  const completions = checkCompletions(process.env);
  const around = [checkProxy(process.env), ...(completions === undefined ? [] : [completions])];
  const [, entry = ''] = process.argv;
  const machine = [checkNode(), ...checkInstallation(process.env, entry)];
  if (plan === undefined) return [...machine, ...configuration, await checkGateway(usualPort), ...around];

  const { cache, server, telemetry } = plan.config;
  tell('Asking the providers');
  const [access, folders, gateway] = await Promise.all([
    attempt('PROVIDERS', () => checkAccess(plan, timeoutMs, signal)),
    attempt('STATE_FOLDER', () => checkFolders(plan.folders, cache)),
    attempt('GATEWAY', async () => [await checkGateway(Number(process.env.HOTPATH_PORT) || server.port || usualPort)]),
  ]);
  tell('Reading the cache');
  const cached = cache.enabled
    ? await attempt('CACHE', async () =>
        (await examineCache({ ...cache, plugins: plan.plugins }, { signal, tell })).map(fromCache),
      )
    : [];
  const events = telemetry.enabled ? await attempt('EVENTS', async () => [await checkEvents(telemetry.path)]) : [];
  const plugins = await attempt('PLUGINS', async () => [await checkPlugins(configFile, catalogue)]);
  return [...machine, ...configuration, ...access, ...plugins, ...folders, ...events, ...cached, ...gateway, ...around];
};

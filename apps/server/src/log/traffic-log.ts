import {
  type AttemptEvent,
  type CacheFaultEvent,
  type ConfigReloadEvent,
  cacheChannels,
  type EconomyEvent,
  type EntryDroppedEvent,
  type PluginReloadEvent,
  type RequestEndEvent,
  routerChannels,
  runtimeChannels,
  type StoreFaultEvent,
} from '@hotpath/runtime';
import { type RequestRefusedEvent, channels as serverChannels } from '../events.ts';
import { createFaultWindow, type FaultWindowOptions } from './fault-window.ts';
import type { Log } from './log.ts';
import { shown } from './shown.ts';

export interface TrafficLogOptions extends FaultWindowOptions {
  readonly log: Log;
  /** Whether to tell how configurations were loaded anew. @default true */
  readonly reloads?: boolean | undefined;
}

/** Ends the listening; what was written stays to be flushed. */
export type StopTrafficLog = () => void;

/** What the router tells where it knows it. */
interface About {
  readonly requestId?: string;
  readonly keyId?: string;
}
type RequestEnd = RequestEndEvent &
  About & {
    readonly asked?: string;
    readonly status?: number;
    readonly attempts?: number;
    readonly costUsd?: number;
    readonly estimatedUsd?: number;
    readonly lane?: string;
  };
type Attempt = AttemptEvent & About & { readonly cause?: string };

const rounded = (milliseconds: number | undefined): number | undefined =>
  milliseconds === undefined ? undefined : Math.round(milliseconds * 100) / 100;

const shownOr = (text: unknown): string | undefined => (typeof text === 'string' ? shown(text) : undefined);

/** Codes and kinds alone: a message may quote the prompt, the answer or a key. */
const faultOf = (error: unknown): { readonly code: string; readonly cause?: string | undefined } => {
  const { code, name, cause } = (error ?? {}) as { code?: unknown; name?: unknown; cause?: { code?: unknown } };
  return { code: shown(String(code ?? name ?? 'unknown')), cause: shownOr(cause?.code) };
};

/** Where it happened, for whoever looks for the fault in the program itself: lines of code, and nothing of the message. */
const placeOf = (error: { readonly cause?: unknown } | undefined): string | undefined => {
  const { stack } = (error?.cause ?? error ?? {}) as { stack?: unknown };
  if (typeof stack !== 'string') return undefined;
  return stack
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 6)
    .map((line) => line.trim())
    .join(' ');
};

/**
 * Writes a line for each request, and one for each fault, from what router, cache, runtime and server announce. Nothing of
 * prompts, answers and keys is among it: fields are taken by name, and texts that others chose go through `shown`.
 */
export const logTraffic = ({ log, reloads = true, ...window }: TrafficLogOptions): StopTrafficLog => {
  const tellFault = createFaultWindow(window);

  const fault = (message: string, kind: string, fields: Readonly<Record<string, unknown>>): void => {
    const times = tellFault(`${message} ${kind}`);
    if (times !== undefined) log.write('warn', message, { ...fields, ...(times > 1 && { times }) });
  };

  const onRequestEnd = (message: unknown): void => {
    const event = message as RequestEnd;
    const { usage, error } = event;
    const isOurs = error?.code === 'ROUTER_INTERNAL';
    const level = isOurs ? 'error' : 'info';
    if (!log.wants(level)) return;
    log.write(level, 'request', {
      id: shownOr(event.requestId),
      protocol: event.protocol,
      asked: shownOr(event.asked),
      provider: event.provider || undefined,
      model: event.provider ? shown(event.model) : undefined,
      stream: event.stream,
      outcome: event.outcome,
      status: event.status ?? error?.status,
      cache: event.cache,
      attempts: event.attempts,
      inputTokens: usage?.inputTokens,
      cachedInputTokens: usage?.cachedInputTokens,
      outputTokens: usage?.outputTokens,
      lane: event.lane,
      costUsd: event.costUsd,
      estimatedUsd: event.estimatedUsd,
      firstByteMs: rounded(event.firstByteMs),
      totalMs: rounded(event.durationMs),
      key: event.keyId,
      code: error?.code,
      ...(isOurs && { at: placeOf(error) }),
    });
  };

  const onRefused = (message: unknown): void => {
    const { requestId, protocol, status, code, keyId } = message as RequestRefusedEvent;
    const level = status >= 500 && code === 'SERVER_INTERNAL' ? 'error' : 'info';
    log.write(level, 'request refused', { id: shownOr(requestId), protocol, status, code: shown(code), key: keyId });
  };

  const onAttemptEnd = (message: unknown): void => {
    const { outcome, error, provider, model, status, durationMs, requestId, cause } = message as Attempt;
    if (outcome !== 'failed' || !log.wants('warn')) return;
    log.write('warn', 'attempt failed', {
      id: shownOr(requestId),
      provider,
      model: shown(model),
      status: status || undefined,
      code: error?.code,
      phase: error?.phase,
      type: shownOr(error?.type),
      reason: shownOr(error?.reason),
      retryAfterMs: error?.retryAfterMs,
      cause,
      totalMs: rounded(durationMs),
    });
  };

  const onCacheFault = (message: unknown): void => {
    const { operation, error } = message as CacheFaultEvent;
    const told = faultOf(error);
    fault('cache fault', `${operation} ${told.code}`, { operation, ...told });
  };

  const onStoreFault = (message: unknown): void => {
    const { store, operation, error } = message as StoreFaultEvent;
    const told = faultOf(error);
    fault('store fault', `${store} ${operation} ${told.code}`, { store, operation, ...told });
  };

  const onEntryDropped = (message: unknown): void => {
    const { store, reason, entries, error } = message as EntryDroppedEvent;
    fault('entries dropped', `${store} ${reason}`, { store, reason, entries, ...(error ? faultOf(error) : {}) });
  };

  const onEconomy = (message: unknown): void => {
    const { type, provider, batchId, requests, error } = message as EconomyEvent;
    const told = error === undefined ? undefined : faultOf(error);
    if (type === 'fault' || type === 'refused')
      fault(`economy ${type}`, `${provider} ${told?.code}`, { provider, ...told });
    else log.write('info', `batch ${type}`, { provider, batch: shownOr(batchId), requests, ...told });
  };

  const onReload = (message: unknown): void => {
    const { outcome, cause, file, durationMs, needsRestart, warnings, error } = message as ConfigReloadEvent;
    const about = { cause, file, totalMs: rounded(durationMs) };
    if (outcome === 'rejected') {
      const problems = error?.problems.map(({ path, message }) => shown(`${path}: ${message}`));
      const reason = problems?.length ? { problems } : { reason: shown(error?.message ?? '') };
      log.write('warn', 'configuration rejected: the one in use stays', { ...about, code: error?.code, ...reason });
      return;
    }
    if (outcome === 'unchanged') log.write('debug', 'configuration unchanged', about);
    else log.write('info', 'configuration applied', about);
    if (needsRestart.length > 0)
      log.write(outcome === 'unchanged' ? 'debug' : 'warn', 'settings take effect with the next start', {
        file,
        needsRestart,
      });
    for (const { code, message } of warnings) log.write('warn', shown(message), { code });
  };

  const onPluginReload = (message: unknown): void => {
    const { plugin, outcome, durationMs, error } = message as PluginReloadEvent;
    const about = { plugin: shown(plugin), totalMs: rounded(durationMs) };
    if (outcome === 'reloaded') log.write('info', 'plugin reloaded', about);
    else
      log.write(
        'warn',
        `plugin ${outcome}: ${outcome === 'rejected' ? 'what is in use of it stays' : 'nothing of it is in use'}`,
        {
          ...about,
          code: error?.code,
          reason: shown(error?.message ?? ''),
        },
      );
  };

  const listeners = [
    [routerChannels.requestEnd, onRequestEnd],
    [routerChannels.attemptEnd, onAttemptEnd],
    [routerChannels.cacheFault, onCacheFault],
    [routerChannels.economy, onEconomy],
    [cacheChannels.storeFault, onStoreFault],
    [cacheChannels.entryDropped, onEntryDropped],
    [serverChannels.requestRefused, onRefused],
    ...(reloads
      ? ([
          [runtimeChannels.configReload, onReload],
          [runtimeChannels.pluginReload, onPluginReload],
        ] as const)
      : []),
  ] as const;
  for (const [channel, listener] of listeners) channel.subscribe(listener);
  return () => {
    for (const [channel, listener] of listeners) channel.unsubscribe(listener);
  };
};

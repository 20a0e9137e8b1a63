import { type CallControl, type Protocol, type Provider, RouterError } from '@hotpath/ai-router';
import { withTimeLimit } from './time-limit.ts';

export interface LazyProviderOptions {
  readonly id: string;
  /** What it will speak, by its manifest. */
  readonly protocols: readonly Protocol[];
  /** Names of models that it answers for without its id before them, by its manifest. */
  readonly models: readonly string[];
  /** Tells apart providers of one id that may answer differently. */
  readonly scope: string;
  /** Loads the plugin and makes the provider; only one that can be used. */
  readonly open: () => Promise<Provider>;
  /** How long each may take to be closed, milliseconds. */
  readonly closeMs: number;
  /** Counts up when a plugin was put in the place of another: what was opened before is opened anew. */
  readonly generation: () => number;
}

const failure = (id: string, error: unknown): RouterError =>
  RouterError.isInstance(error)
    ? error
    : new RouterError(
        'ROUTER_UPSTREAM_UNREACHABLE',
        `${id} comes from a plugin, which cannot be used: ${error instanceof Error ? error.message : String(error)}`,
        { status: 502, isRetryable: false, provider: id, cause: error },
      );

/** A provider of a plugin that is loaded when it is first asked, not before. A plugin that cannot be used fails calls, never a start. */
export const createLazyProvider = ({
  id,
  protocols,
  models,
  scope,
  open,
  closeMs,
  generation,
}: LazyProviderOptions): Provider => {
  const all = new Set<Provider>();
  let opened: Provider | undefined;
  let opening: Promise<Provider> | undefined;
  let openedIn = generation();
  let closing: Promise<void> | undefined;

  const openAnew = async (): Promise<Provider> => {
    const own = generation();
    opened = undefined;
    openedIn = own;
    const provider = await open();
    // Calls under way may be those of former ones: all are closed at the end.
    all.add(provider);
    if (openedIn === own) opened = provider;
    return provider;
  };
  const get = (): Promise<Provider> => {
    if (opening !== undefined && openedIn === generation()) return opening;
    const attempt = openAnew();
    opening = attempt;
    // What failed may be mended: the next call tries again.
    attempt.catch(() => {
      if (opening === attempt) opening = undefined;
    });
    return attempt;
  };

  const send = (provider: Provider, ...[call, receiver]: Parameters<Provider['send']>): CallControl => {
    try {
      return provider.send(call, receiver);
    } catch (error) {
      queueMicrotask(() => receiver.onError(failure(id, error)));
      return { pause() {}, resume() {}, abort() {} };
    }
  };

  return {
    id,
    protocols,
    scope,
    owns: (model) => opened?.owns?.(model) ?? models.includes(model),
    redact: (text) => opened?.redact?.(text) ?? text,
    async models(listOptions) {
      try {
        return await (await get()).models(listOptions);
      } catch (error) {
        throw failure(id, error);
      }
    },
    send(call, receiver) {
      if (opened !== undefined && openedIn === generation()) return send(opened, call, receiver);
      let control: CallControl | undefined;
      let isAborted = false;
      let isPaused = false;
      get().then(
        (provider) => {
          if (isAborted) return;
          control = send(provider, call, receiver);
          if (isPaused) control.pause();
        },
        (error) => {
          if (!isAborted) receiver.onError(failure(id, error));
        },
      );
      return {
        pause() {
          isPaused = true;
          control?.pause();
        },
        resume() {
          isPaused = false;
          control?.resume();
        },
        abort() {
          isAborted = true;
          control?.abort();
        },
      };
    },
    close() {
      const closeAll = async (): Promise<void> => {
        await opening?.catch(() => {});
        await Promise.allSettled([...all].map(async (provider) => provider.close()));
      };
      // What takes longer goes on, and nobody waits for it.
      closing ??= withTimeLimit(closeAll(), closeMs, () => undefined);
      return closing;
    },
  };
};

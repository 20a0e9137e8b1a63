import { type Clock, systemClock } from '../../clock.ts';
import { TelemetryError } from '../../errors.ts';
import type { AlertChangeEvent } from '../../events.ts';
import type { AlertSink } from '../sink.ts';

export interface WebhookOptions {
  /** Where alerts are posted to, `http` or `https`. It is told to nobody: it often holds a secret. */
  readonly url: string;
  /** Sent besides, such as `authorization`. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Names this machine or service in what is posted. @default none */
  readonly origin?: string | undefined;
  /** How long an answer is waited for, milliseconds. @default 10000 */
  readonly timeoutMs?: number | undefined;
  /** How often it is tried at most. @default 4 */
  readonly mostTries?: number | undefined;
  /** @default the one of the process */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** @default the clock of the process */
  readonly clock?: Clock | undefined;
}

const firstPauseMs = 1_000;
/** Who asks for more patience than this is not waited for. */
const longestPauseMs = 60_000;

/** What is posted: Slack, Mattermost and others show `text`; the rest is for programs. */
const bodyOf = (event: AlertChangeEvent, origin: string | undefined): string => {
  const { rule, subject, severity, to, from, value, threshold, unit, valueText, thresholdText } = event;
  const { atMs, lastedMs, message, evidence } = event;
  const head = to === 'ok' ? 'Over' : severity === 'page' ? 'Alert' : 'Warning';
  // What Slack would read as a link, a mention or a channel: https://docs.slack.dev/messaging/formatting-message-text#escaping.
  const said = message.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const text = `${head}: ${said}${origin === undefined ? '' : ` (${origin})`}`;
  const at = new Date(atMs).toISOString();
  return JSON.stringify({
    text,
    version: 1,
    origin,
    rule,
    subject,
    severity,
    state: to,
    from,
    value,
    threshold,
    unit,
    valueText,
    thresholdText,
    at,
    lastedMs,
    message,
    evidence,
  });
};

const isWorthAnother = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** What the answer asks for, in seconds or as a date; undefined where it does not. */
const retryAfterMs = (response: Response, nowMs: number): number | undefined => {
  const told = response.headers.get('retry-after');
  if (told === null) return undefined;
  const seconds = Number(told);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(told) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
};

/**
 * Posts alerts as JSON. What fails for a reason that may pass (no connection, 408, 429, 5xx) is tried again after 1, 2 and 4 seconds, or
 * when the answer says. Redirections are not followed. Throws `TELEMETRY_ALERT_INVALID` for an address that is none.
 */
export const webhookSink = (options: WebhookOptions): AlertSink => {
  const { url, headers = {}, origin, timeoutMs = 10_000, mostTries = 4, clock = systemClock } = options;
  const send = options.fetch ?? globalThis.fetch;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new TelemetryError(
      'TELEMETRY_ALERT_INVALID',
      'The address of the webhook is none: write it in full, such as "https://hooks.example.com/alerts".',
    );
  // The path is what is secret of most of them.
  const { host } = new URL(url);

  const pause = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const done = (): void => {
        stop();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const stop = clock.after(ms, done);
      signal.addEventListener('abort', done);
    });

  /** What went wrong, and how long to wait before it is tried again, where that is of any use. */
  const attempt = async (
    body: string,
    ended: AbortSignal,
  ): Promise<{ fault: string; pauseMs?: number } | undefined> => {
    const timeout = new AbortController();
    const stop = clock.after(timeoutMs, () => timeout.abort());
    try {
      const response = await send(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([ended, timeout.signal]),
      });
      await response.body?.cancel();
      if (response.ok) return undefined;
      const fault = `it answered ${response.status}`;
      if (!isWorthAnother(response.status)) return { fault };
      return { fault, pauseMs: retryAfterMs(response, clock.now()) ?? 0 };
    } catch (error) {
      if (timeout.signal.aborted) return { fault: `it did not answer within ${timeoutMs} ms`, pauseMs: 0 };
      const { code } = ((error as Error).cause ?? {}) as { readonly code?: string };
      // What fetch says itself may hold the address.
      return { fault: `it could not be reached${code === undefined ? '' : `: ${code}`}`, pauseMs: 0 };
    } finally {
      stop();
    }
  };

  return {
    name: 'webhook',
    async tell(event, signal) {
      const body = bodyOf(event, origin);
      for (let tries = 1; ; tries += 1) {
        const failed = await attempt(body, signal);
        if (failed === undefined) return;
        const pauseMs =
          failed.pauseMs === undefined
            ? Number.POSITIVE_INFINITY
            : Math.max(failed.pauseMs, firstPauseMs * 2 ** (tries - 1));
        const error = new TelemetryError(
          'TELEMETRY_WEBHOOK_FAILED',
          `The webhook at ${host} was not told of "${event.rule}": ${failed.fault}. See that it is there, and that its address is right.`,
        );
        if (tries >= mostTries || pauseMs > longestPauseMs) throw error;
        await pause(pauseMs, signal);
        if (signal.aborted) throw error;
      }
    },
  };
};

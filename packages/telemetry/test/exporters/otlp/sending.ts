import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach } from 'vitest';
import { type Collector, createCollector } from '../../../src/collector/collector.ts';
import { channels, type TelemetryFaultEvent } from '../../../src/events.ts';
import { createOtlpExporter, type OtlpExporterOptions } from '../../../src/exporters/otlp/otlp-exporter.ts';
import type { Stop } from '../../../src/source.ts';
import { batchSource } from '../../../src/sources/batch.ts';
import { cacheSource } from '../../../src/sources/cache.ts';
import { routerSource } from '../../../src/sources/router.ts';
import { type DecodedMetric, type OtlpReceiver, startReceiver } from '../../support/otlp-receiver.ts';

export const noon = 1_795_000_000_000;
export const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** A receiver for each test of a file, and a collector that sends to it. */
export const sending = () => {
  let receiver: OtlpReceiver;
  let collector: Collector;
  let stops: readonly Stop[] = [];
  const faults: TelemetryFaultEvent[] = [];
  const onFault = (fault: unknown): void => void faults.push(fault as TelemetryFaultEvent);
  const finish = async (): Promise<void> => {
    for (const stop of stops) stop();
    stops = [];
    await collector?.close();
  };

  beforeEach(async () => {
    receiver = await startReceiver();
    faults.length = 0;
    channels.fault.subscribe(onFault);
  });
  afterEach(async () => {
    await finish();
    channels.fault.unsubscribe(onFault);
    await receiver.close();
  });

  return {
    faults,
    finish,
    get receiver() {
      return receiver;
    },
    get collector() {
      return collector;
    },
    begin(options: OtlpExporterOptions = {}, command = 'serve'): void {
      const exporter = createOtlpExporter({ endpoint: receiver.url, backoffMs: 1, ...options });
      collector = createCollector({ exporters: [exporter], flushMs: 'never' });
      const sources = [routerSource({ command, now: () => noon }), cacheSource({ now: () => noon }), batchSource()];
      stops = sources.map((source) => source.start(collector));
    },
    metric: (name: string): DecodedMetric | undefined => receiver.metrics().find((each) => each.name === name),
  };
};

export const request = (event: object = {}): void =>
  channel('hotpath:ai-router:request-end').publish({
    requestId: 'one',
    protocol: 'openai-chat',
    provider: 'xai',
    model: 'grok-4',
    asked: 'best',
    stream: true,
    cache: 'miss',
    outcome: 'complete',
    status: 200,
    attempts: 2,
    costUsd: 0.25,
    durationMs: 1500.5,
    firstByteMs: 1000,
    finishReason: 'stop',
    usage: { inputTokens: 100, cachedInputTokens: 30, cacheWriteTokens: 10, outputTokens: 50, reasoningTokens: 20 },
    ...event,
  });
export const attempt = (event: object = {}): void =>
  channel('hotpath:ai-router:attempt-end').publish({
    requestId: 'one',
    provider: 'xai',
    model: 'grok-4',
    durationMs: 400,
    status: 503,
    outcome: 'failed',
    error: { code: 'ROUTER_UPSTREAM_FAILED' },
    ...event,
  });

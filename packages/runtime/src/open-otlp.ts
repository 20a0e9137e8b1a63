import type { Exporter } from '@hotpath/telemetry';
import type { OtlpConfig } from './telemetry-config.ts';
import { version } from './version.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `key=value` pairs as OpenTelemetry writes them in variables, values percent-encoded
 * (https://opentelemetry.io/docs/specs/otel/protocol/exporter). What is none is left out.
 */
const pairsIn = (text = ''): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split(',').flatMap((pair) => {
      const at = pair.indexOf('=');
      if (at <= 0) return [];
      try {
        return [[pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim())] as const];
      } catch {
        return [];
      }
    }),
  );

/** Whether events are sent, by configuration or by the variables that OpenTelemetry has for it. */
export const wantsOtlp = (config: OtlpConfig | undefined, environment: Environment): boolean =>
  environment.OTEL_SDK_DISABLED !== 'true' &&
  (config?.endpoint ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT ?? '').trim() !== '';

/** A process that ends soon waits no longer for an answer of a receiver, milliseconds, and asks one that gave none for nothing more. */
const shortMs = 500;

/** Loaded late: few send anything. */
export const openOtlp = async (
  config: OtlpConfig = {},
  { command, isLong }: { readonly command: string; readonly isLong: boolean },
  environment: Environment = process.env,
): Promise<Exporter> => {
  const { createOtlpExporter } = await import('@hotpath/telemetry/otlp');
  const { OTEL_SERVICE_NAME: service, OTEL_EXPORTER_OTLP_TIMEOUT: timeout } = environment;
  const timeoutMs = Number(timeout);
  return createOtlpExporter({
    endpoint: config.endpoint ?? environment.OTEL_EXPORTER_OTLP_ENDPOINT,
    headers: { ...pairsIn(environment.OTEL_EXPORTER_OTLP_HEADERS), ...config.headers },
    conventions: config.conventions,
    sampleRatio: config.sampleRatio,
    ...(timeoutMs > 0 ? { timeoutMs } : !isLong && { timeoutMs: shortMs }),
    resource: {
      'hotpath.command': command,
      ...pairsIn(environment.OTEL_RESOURCE_ATTRIBUTES),
      ...(service && { 'service.name': service }),
    },
    version,
  });
};

import type { TelemetryPlace } from '@hotpath/runtime/telemetry';

const losses: Readonly<Record<TelemetryPlace, string>> = {
  events: 'what was done is not recorded',
  otlp: 'what was done is not sent to the receiver of OpenTelemetry',
  content: 'prompts and answers are not captured',
};

/** Says what is lost, and why: each of them is lost alone. */
export const lossOf = (error: unknown, where: TelemetryPlace): string =>
  `${losses[where]}. ${error instanceof Error ? error.message : String(error)}`;

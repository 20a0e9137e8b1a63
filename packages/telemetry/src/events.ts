import { channel } from 'node:diagnostics_channel';

/** Something of telemetry itself went wrong; nobody who is observed has noticed. */
export interface TelemetryFaultEvent {
  /** The exporter or source it happened in. */
  readonly where: string;
  readonly error: unknown;
  /** Events that are lost by it. */
  readonly lost: number;
}

/** The channels of `node:diagnostics_channel` on which telemetry speaks. Publishing costs nothing unheard. */
export const channels = {
  fault: channel<TelemetryFaultEvent>('hotpath:telemetry:fault'),
} as const;

export type TelemetryErrorCode =
  | 'TELEMETRY_KIND_INVALID'
  | 'TELEMETRY_STORE_UNAVAILABLE'
  | 'TELEMETRY_STORE_DAMAGED'
  | 'TELEMETRY_CLOSED'
  | 'TELEMETRY_EXPORT_FAILED'
  | 'TELEMETRY_QUERY_INVALID'
  | 'TELEMETRY_ALERT_INVALID'
  | 'TELEMETRY_WEBHOOK_FAILED';

const brand = Symbol.for('hotpath.telemetry.error');

/** Every error of this package. Recognise it by `code`, or by `TelemetryError.isInstance` across copies of the package. */
export class TelemetryError extends Error {
  override readonly name = 'TelemetryError';
  readonly code: TelemetryErrorCode;

  constructor(code: TelemetryErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    Object.defineProperty(this, brand, { value: true });
  }

  static isInstance(value: unknown): value is TelemetryError {
    return typeof value === 'object' && value !== null && brand in value;
  }
}

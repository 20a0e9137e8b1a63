export type { Conventions } from './exporters/otlp/names.ts';
export { createOtlpExporter, type OtlpExporterOptions } from './exporters/otlp/otlp-exporter.ts';

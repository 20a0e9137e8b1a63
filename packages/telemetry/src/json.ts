export { createJsonExporter, type JsonExporterOptions } from './exporters/json-exporter.ts';

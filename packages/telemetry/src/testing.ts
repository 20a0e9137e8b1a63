export { type ExporterUnderTest, testExporter } from './testing/exporter-kit.ts';

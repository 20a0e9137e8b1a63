// What is recorded, as metrics of Prometheus.

export {
  type Collector,
  type CostOf,
  cacheSource,
  createCollector,
  LogHistogram,
  routerSource,
  serverSource,
  telemetrySource,
} from '@hotpath/telemetry';
export {
  contentTypes,
  createExposition,
  createFigures,
  type Exposition,
  type ExpositionFormat,
  formatFor,
  type Labels,
  labelsOf,
  type Sample,
} from '@hotpath/telemetry/prometheus';

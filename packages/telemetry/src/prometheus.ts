export {
  type Buckets,
  contentTypes,
  createExposition,
  type Exposition,
  type ExpositionFormat,
  formatFor,
  type Labels,
  labelsOf,
  type Sample,
  type Spread,
} from './exporters/prometheus/exposition.ts';
export { createFigures, type Figures } from './exporters/prometheus/figures.ts';

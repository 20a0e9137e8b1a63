import { requestKind } from '../../kinds/request.ts';
import type { EventRow } from '../rows.ts';
import { HistogramInstrument, type Labelled, labelled, NumberInstrument } from './instruments.ts';
import type { Attributes } from './messages.ts';
import { type AttributeName, type MetricName, type Names, operationOf, providerOf } from './names.ts';

// As the conventions advise.
const secondsBounds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
const firstBounds = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const tokensBounds = Array.from({ length: 14 }, (_, power) => 4 ** power);

/** Records under each of the names that are used. */
type Record = (labels: Labelled, value: number) => void;

/** Those of one series of requests. */
interface OfSeries {
  readonly operation: Labelled;
  readonly ended: Labelled;
  readonly inputs: Labelled;
  readonly outputs: Labelled;
  readonly isStream: boolean;
}

/** The metrics of generative AI, out of requests. */
export interface GenAiMetrics {
  readonly instruments: readonly (NumberInstrument | HistogramInstrument)[];
  record(row: EventRow): void;
}

export const createGenAiMetrics = (names: Names): GenAiMetrics => {
  const instruments: (NumberInstrument | HistogramInstrument)[] = [];
  const bySeries = new Map<EventRow['names'], OfSeries>();

  const histogram = (metric: MetricName, unit: string, description: string, bounds: readonly number[]): Record => {
    const own = names.metric(metric).map((name) => new HistogramInstrument({ name, description, unit }, bounds));
    instruments.push(...own);
    return (labels, value) => {
      for (const each of own) each.record(labels, value);
    };
  };
  const counter = (metric: MetricName, description: string): Record => {
    const unit = '{token}';
    const own = names.metric(metric).map((name) => new NumberInstrument('counter', { name, description, unit }));
    instruments.push(...own);
    return (labels, value) => {
      if (value > 0) for (const each of own) each.record(labels, value);
    };
  };

  const duration = histogram('duration', 's', 'Duration of an operation.', secondsBounds);
  const first = histogram('timeToFirstChunk', 's', 'Time until the first chunk of an answer.', firstBounds);
  const usage = histogram('tokenUsage', '{token}', 'Tokens of an operation.', tokensBounds);
  const inputsEach = histogram('inputTokensEach', '{token}', 'Tokens that an operation read.', tokensBounds);
  const outputsEach = histogram('outputTokensEach', '{token}', 'Tokens that an operation wrote.', tokensBounds);
  const inputs = counter('inputTokens', 'Tokens read, cached ones included.');
  const outputs = counter('outputTokens', 'Tokens written, thinking included.');
  const cacheReads = counter('cacheReadTokens', 'Tokens read from the cache of a provider.');
  const cacheWrites = counter('cacheWriteTokens', 'Tokens written to the cache of a provider.');
  const reasoning = counter('reasoningTokens', 'Tokens thought.');

  const ofSeries = (row: EventRow): OfSeries => {
    const known = bySeries.get(row.names);
    if (known !== undefined) return known;
    const of = (dimension: keyof typeof requestKind.dimensionAt): string =>
      row.names[requestKind.dimensionAt[dimension]] ?? '';
    const attributes = (values: Readonly<Partial<globalThis.Record<AttributeName, string>>>): Attributes =>
      Object.fromEntries(
        Object.entries(values).flatMap(([each, value]) =>
          names.attribute(each as AttributeName).map((name) => [name, value]),
        ),
      );
    const operation = attributes({
      operation: operationOf(of('protocol')),
      provider: providerOf(of('provider')),
      requestModel: of('asked') || of('model'),
      responseModel: of('model'),
    });
    const error = of('code') || (of('outcome') === 'failed' ? '_OTHER' : '');
    const made: OfSeries = {
      operation: labelled(operation),
      ended: labelled(error === '' ? operation : { ...operation, 'error.type': error }),
      inputs: labelled({ ...operation, ...attributes({ tokenType: 'input' }) }),
      outputs: labelled({ ...operation, ...attributes({ tokenType: 'output' }) }),
      isStream: of('stream') === 'yes',
    };
    bySeries.set(row.names, made);
    return made;
  };

  return {
    instruments,
    record(row) {
      const { measureAt: at } = requestKind;
      const figure = (place: number): number => row.figure(place) || 0;
      const labels = ofSeries(row);
      duration(labels.ended, figure(at.duration) / 1e6);
      if (labels.isStream && !Number.isNaN(row.figure(at.first_token)))
        first(labels.operation, figure(at.first_token) / 1e6);
      if (Number.isNaN(row.figure(at.input))) return;
      const read = figure(at.cached_input);
      const written = figure(at.cache_write);
      const thought = figure(at.reasoning);
      const input = figure(at.input) + read + written;
      const output = figure(at.output) + thought;
      usage(labels.inputs, input);
      usage(labels.outputs, output);
      inputsEach(labels.operation, input);
      outputsEach(labels.operation, output);
      inputs(labels.operation, input);
      outputs(labels.operation, output);
      cacheReads(labels.operation, read);
      cacheWrites(labels.operation, written);
      reasoning(labels.operation, thought);
    },
  };
};

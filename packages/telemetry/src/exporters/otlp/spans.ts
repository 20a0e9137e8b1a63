import type { EventBatch } from '../../exporter.ts';
import type { EventKind } from '../../kind.ts';
import { attemptKind } from '../../kinds/attempt.ts';
import { runKind, stepKind } from '../../kinds/batch.ts';
import { requestKind } from '../../kinds/request.ts';
import { type EventRow, rowsOf } from '../rows.ts';
import { isKept, randomSpanId, spanOf, traceOf } from './ids.ts';
import type { Attributes, AttributeValue, Span } from './messages.ts';
import { type AttributeName, type Names, operationOf, providerOf } from './names.ts';

export interface SpanOptions {
  readonly names: Names;
  /** Share of traces that are kept, of those that begin here. */
  readonly ratio: number;
}

type Make = (row: EventRow, options: SpanOptions) => Span | undefined;

const present = (name: string): string | undefined => (name === '' || name === 'none' ? undefined : name);
const whole = (figure: number): number | undefined => (Number.isNaN(figure) ? undefined : figure);
const orNone = (figure: number): number => (Number.isNaN(figure) ? 0 : figure);
const dollars = (figure: number): AttributeValue | undefined => (figure > 0 ? { double: figure / 1e6 } : undefined);

/** `durationUs`: `NaN` where it took no time that is known. */
const times = ({ atMs }: EventRow, durationUs: number): Pick<Span, 'startUs' | 'endUs'> => {
  const endUs = Math.round(atMs * 1000);
  return { startUs: endUs - orNone(durationUs), endUs };
};

/** Attributes of generative AI under the names that are used. */
const named = (
  names: Names,
  values: Readonly<Partial<Record<AttributeName, AttributeValue | undefined>>>,
): Attributes => {
  const found: Record<string, AttributeValue> = {};
  for (const each in values) {
    const value = values[each as AttributeName];
    if (value !== undefined) for (const name of names.attribute(each as AttributeName)) found[name] = value;
  }
  return found;
};

const tokensOf = (row: EventRow): Readonly<Partial<Record<AttributeName, number>>> => {
  const { measureAt: at } = requestKind;
  const [input, output] = [row.figure(at.input), row.figure(at.output)];
  if (Number.isNaN(input) || Number.isNaN(output)) return {};
  const [read, written] = [orNone(row.figure(at.cached_input)), orNone(row.figure(at.cache_write))];
  const reasoning = orNone(row.figure(at.reasoning));
  return {
    inputTokens: input + read + written,
    outputTokens: output + reasoning,
    ...(read > 0 && { cacheReadTokens: read }),
    ...(written > 0 && { cacheWriteTokens: written }),
    ...(reasoning > 0 && { reasoningTokens: reasoning }),
  };
};

const ofRequest: Make = (row, { names, ratio }) => {
  const { dimensionAt: name, measureAt: at } = requestKind;
  const of = (dimension: keyof typeof name): string | undefined => present(row.names[name[dimension]] ?? '');
  const id = row.text(0);
  const trace = traceOf(id, row.text(1));
  if (!isKept(trace, ratio)) return undefined;
  const operation = operationOf(of('protocol') ?? '');
  const asked = of('asked') ?? of('model');
  const firstUs = row.figure(at.first_token);
  const isStream = of('stream') === 'yes';
  const isFailed = of('outcome') === 'failed';
  return {
    traceId: trace.traceId,
    spanId: spanOf(id, trace),
    parentId: trace.parentId,
    isParentRemote: true,
    name: asked === undefined ? operation : `${operation} ${asked}`,
    kind: of('command') === 'serve' ? 'server' : 'client',
    ...times(row, row.figure(at.duration)),
    attributes: {
      ...named(names, {
        operation,
        provider: providerOf(of('provider') ?? '') || undefined,
        agent: of('agent'),
        requestModel: asked,
        responseModel: of('model'),
        isStream: isStream || undefined,
        finishReasons: of('finish') === undefined ? undefined : [of('finish') as string],
        timeToFirstChunk: isStream && !Number.isNaN(firstUs) ? { double: firstUs / 1e6 } : undefined,
        ...tokensOf(row),
      }),
      'error.type': of('code') ?? (isFailed ? '_OTHER' : undefined),
      'http.response.status_code': whole(row.figure(at.status)),
      'hotpath.request.id': id,
      'hotpath.protocol': of('protocol'),
      'hotpath.outcome': of('outcome'),
      'hotpath.cache': of('cache'),
      'hotpath.lane': of('lane'),
      'hotpath.key': of('key'),
      'hotpath.attempts': whole(row.figure(at.attempts)),
      'hotpath.cost_usd': dollars(row.figure(at.cost)),
      'hotpath.saved_usd': dollars(
        orNone(row.figure(at.saved_cache)) +
          orNone(row.figure(at.saved_coalescing)) +
          orNone(row.figure(at.saved_prompt_cache)) +
          orNone(row.figure(at.saved_batch)),
      ),
    },
    error: isFailed ? (of('code') ?? '') : undefined,
  };
};

const ofAttempt: Make = (row, { names, ratio }) => {
  const { dimensionAt: name, measureAt: at } = attemptKind;
  const of = (dimension: keyof typeof name): string | undefined => present(row.names[name[dimension]] ?? '');
  const id = row.text(0);
  const trace = traceOf(id, row.text(1));
  if (!isKept(trace, ratio)) return undefined;
  const isFailed = of('outcome') === 'failed';
  return {
    traceId: trace.traceId,
    spanId: randomSpanId(),
    // Without an id nobody knows which request it was.
    parentId: id === undefined ? trace.parentId : spanOf(id, trace),
    name: `attempt ${of('provider') ?? ''}`,
    kind: 'client',
    ...times(row, row.figure(at.duration)),
    attributes: {
      // The request is the operation: an attempt that were one as well would be counted twice.
      ...named(names, { provider: providerOf(of('provider') ?? '') || undefined, requestModel: of('model') }),
      'error.type': of('code') ?? (isFailed ? '_OTHER' : undefined),
      'http.response.status_code': whole(row.figure(at.status)),
      'hotpath.attempt.cause': of('cause'),
      'hotpath.outcome': of('outcome'),
    },
    error: isFailed ? (of('code') ?? '') : undefined,
  };
};

const ofRun: Make = (row, { names, ratio }) => {
  const { dimensionAt: name, measureAt: at } = runKind;
  const id = row.text(0);
  const trace = traceOf(id, undefined);
  if (!isKept(trace, ratio)) return undefined;
  const outcome = row.names[name.outcome] ?? '';
  const workflow = present(row.names[name.run_name] ?? '');
  // What comes after a run is part of it.
  const isAfter = outcome === 'reverted' || outcome === 'recovered';
  return {
    traceId: trace.traceId,
    spanId: isAfter ? randomSpanId() : spanOf(id, trace),
    parentId: isAfter ? spanOf(id, trace) : undefined,
    name: isAfter ? `run ${outcome}` : workflow === undefined ? 'invoke_workflow' : `invoke_workflow ${workflow}`,
    kind: 'internal',
    ...times(row, row.figure(at.duration)),
    attributes: {
      ...(isAfter ? {} : named(names, { operation: 'invoke_workflow', workflow })),
      'hotpath.run.id': id,
      'hotpath.outcome': outcome,
      'hotpath.run.steps': whole(row.figure(at.steps)),
      'hotpath.run.conflicts': whole(row.figure(at.conflicts)),
      'hotpath.cost_usd': dollars(row.figure(at.cost)),
    },
    error: outcome === 'failed' || outcome === 'undone' ? '' : undefined,
  };
};

const ofStep: Make = (row, { ratio }) => {
  const { dimensionAt: name, measureAt: at } = stepKind;
  const of = (dimension: keyof typeof name): string | undefined => present(row.names[name[dimension]] ?? '');
  const id = row.text(0);
  const trace = traceOf(id, undefined);
  if (!isKept(trace, ratio)) return undefined;
  const isFailed = of('outcome') === 'failed';
  return {
    traceId: trace.traceId,
    spanId: randomSpanId(),
    parentId: id === undefined ? undefined : spanOf(id, trace),
    name: `step ${of('step') ?? ''}`,
    kind: 'internal',
    ...times(row, row.figure(at.duration)),
    attributes: {
      'error.type': of('code') ?? (isFailed ? '_OTHER' : undefined),
      'hotpath.run.id': id,
      'hotpath.outcome': of('outcome'),
      'hotpath.step.reused': of('reused') === 'yes' || undefined,
      'hotpath.step.attempts': whole(row.figure(at.attempts)),
      'hotpath.cost_usd': dollars(row.figure(at.cost)),
    },
    error: isFailed ? (of('code') ?? '') : undefined,
  };
};

const makers: Readonly<Record<string, Make>> = {
  [requestKind.name]: ofRequest,
  [attemptKind.name]: ofAttempt,
  [runKind.name]: ofRun,
  [stepKind.name]: ofStep,
};

/** Whether events of a kind are spans. */
export const hasSpans = ({ name }: EventKind): boolean => Object.hasOwn(makers, name);

/** The spans of a batch, of the traces that are kept. */
export function* spansOf(batch: EventBatch, options: SpanOptions): Generator<Span> {
  const make = makers[batch.kind.name];
  if (make === undefined) return;
  for (const row of rowsOf(batch)) {
    const span = make(row, options);
    if (span !== undefined) yield span;
  }
}

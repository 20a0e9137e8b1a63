import { TelemetryError } from './errors.ts';

/** What a figure counts. It is kept as a whole number of these. */
export type Unit =
  | 'microseconds'
  | 'micro-dollars'
  | 'tokens'
  | 'tokens-per-second'
  | 'bytes'
  | 'per-mille'
  | 'count'
  | 'status';

/**
 * What is kept of a figure beyond the single event. `histogram`: its sum, and how it is spread. `sum`: its sum. `highest`: the
 * highest. `none`: nothing.
 */
export type Keep = 'histogram' | 'sum' | 'highest' | 'none';

export interface Measure {
  readonly unit: Unit;
  readonly keep: Keep;
  /** A sentence for the reference. */
  readonly about: string;
}

/** One sort of happening. Names are those of columns of the store: lower case, with underscores. */
export interface KindDefinition<Dimension extends string = string, Figure extends string = string> {
  readonly name: string;
  readonly about: string;
  /** Texts of few values by which events are told apart, with a sentence on each. */
  readonly dimensions: Readonly<Record<Dimension, string>>;
  readonly measures: Readonly<Record<Figure, Measure>>;
  /**
   * Dimensions whose texts others choose, such as clients: where there are too many, they are told apart no longer, one after another in this
   * order. @default none
   */
  readonly wide?: readonly NoInfer<Dimension>[];
  /** Dimensions whose texts are told apart where nothing else is any more: no client can make them up. @default none */
  readonly kept?: readonly NoInfer<Dimension>[];
  /** Texts that each event has for itself, such as the id of a request, with a sentence on each; 4 at most. @default none */
  readonly texts?: Readonly<Record<string, string>>;
  /**
   * It happens so often that only counts and sums are kept, and none of the single events. Such a kind has no histograms.
   * @default false
   */
  readonly isCounted?: boolean;
}

/** A definition with the place of each dimension in `Recorder.names` and of each figure in `Recorder.values`. */
export interface EventKind<Dimension extends string = string, Figure extends string = string>
  extends KindDefinition<Dimension, Figure> {
  readonly isCounted: boolean;
  readonly dimensionNames: readonly Dimension[];
  readonly measureNames: readonly Figure[];
  /** In the order in which `Recorder.push` takes them. */
  readonly textNames: readonly string[];
  readonly dimensionAt: Readonly<Record<Dimension, number>>;
  readonly measureAt: Readonly<Record<Figure, number>>;
}

/** Names that the store gives to columns of its own, and lines of JSON to what is in each of them. */
const reserved = new Set(['id', 'series', 'count', 'at', 'kind']);

const placesOf = <Name extends string>(names: readonly Name[]): Readonly<Record<Name, number>> =>
  Object.fromEntries(names.map((name, place) => [name, place])) as Record<Name, number>;

/** Checks a definition and finds the places. Throws `TELEMETRY_KIND_INVALID`. */
export const defineKind = <Dimension extends string, Figure extends string>(
  definition: KindDefinition<Dimension, Figure>,
): EventKind<Dimension, Figure> => {
  const { name, isCounted = false } = definition;
  const dimensionNames = Object.keys(definition.dimensions) as Dimension[];
  const measureNames = Object.keys(definition.measures) as Figure[];
  const textNames = Object.keys(definition.texts ?? {});
  const columns = [...dimensionNames, ...measureNames, ...textNames];
  const refuse = (reason: string): never => {
    throw new TelemetryError('TELEMETRY_KIND_INVALID', `The kind of events "${name}" cannot be recorded: ${reason}`);
  };
  for (const each of [name, ...columns]) {
    if (!/^[a-z][a-z0-9_]*$/.test(each)) refuse(`"${each}" is not lower case with underscores.`);
    if (reserved.has(each)) refuse(`"${each}" is the name of a column of the store: choose another.`);
  }
  if (new Set(columns).size < columns.length) refuse('two of its columns have the same name.');
  if (textNames.length > 4) refuse('there is room for 4 texts.');
  if (isCounted && measureNames.some((each) => definition.measures[each].keep === 'histogram'))
    refuse('of what is only counted there is no histogram: keep "sum" or "highest".');
  return {
    ...definition,
    isCounted,
    dimensionNames,
    measureNames,
    textNames,
    dimensionAt: placesOf(dimensionNames),
    measureAt: placesOf(measureNames),
  };
};

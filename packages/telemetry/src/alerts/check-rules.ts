import { anomalyRule } from '../anomalies/describe-anomaly.ts';
import { TelemetryError } from '../errors.ts';
import type { EventKind, Measure } from '../kind.ts';
import { defaultRules } from './default-rules.ts';
import { nearest } from './nearest.ts';
import { parseDuration, valueUnit } from './quantity.ts';
import { type AlertFilter, type AlertRule, alertFigures, kindsByName } from './rule.ts';
import type { AlertSettings, RuleSettings } from './settings.ts';

/** What is wrong with a rule. */
export interface RuleProblem {
  /** Where, from the table of rules on. */
  readonly path: readonly string[];
  /** Ends the sentence "expected …". */
  readonly expected: string;
  /** A sentence that says what to write. */
  readonly fix: string;
}

export interface CheckedRules {
  /** Those that are switched on and right. */
  readonly rules: readonly AlertRule[];
  readonly problems: readonly RuleProblem[];
}

type Given = Readonly<Record<string, unknown>>;
/** Reads a setting; tells what is wrong, and gives undefined then. */
type Complain = (key: string, expected: string, fix: string) => undefined;

const isRecord = (value: unknown): value is Given =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');
const meant = (word: unknown, known: readonly string[]): string => {
  if (known.length === 0) return 'There is none.';
  const near = typeof word === 'string' ? nearest(word, known) : undefined;
  return near === undefined ? `There are ${quoted(known)}.` : `Did you mean "${near}"?`;
};

const keys: readonly (keyof RuleSettings)[] = [
  ...([
    'enabled',
    'title',
    'kind',
    'figure',
    'measure',
    'quantile',
    'part',
    'perMs',
    'where',
    'by',
    'windowMs',
  ] as const),
  ...(['direction', 'threshold', 'recoverAt', 'holdMs', 'recoverMs', 'cooldownMs', 'quietMs', 'leastEvents'] as const),
  ...(['severity', 'profile'] as const),
];
const dayMs = 86_400_000;

const readers = (given: Given, complain: Complain) => ({
  oneOf: <const Choice extends string>(key: string, choices: readonly Choice[]): Choice | undefined => {
    const value = given[key];
    const found = choices.find((choice) => choice === value);
    return found ?? complain(key, `one of ${quoted(choices)}`, meant(value, choices));
  },
  flag: (key: string): boolean | undefined => {
    const value = given[key] ?? false;
    if (value === true || value === 'true') return true;
    return value === false || value === 'false' ? false : complain(key, 'true or false', 'Write true or false.');
  },
  /** @default the one given, which may be `least` at least */
  duration: (key: string, fallbackMs: number, leastMs = 0): number | undefined => {
    const ms = parseDuration(given[key] ?? fallbackMs);
    return ms !== undefined && ms >= leastMs && ms <= dayMs
      ? ms
      : complain(
          key,
          `a duration from ${leastMs} ms to a day`,
          'Write milliseconds, or a number with a unit such as "250ms", "90s" or "15m".',
        );
  },
  number: (key: string, fallback: number, least: number, most: number, isWhole: boolean): number | undefined => {
    const value = given[key] ?? fallback;
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
    const isRight = typeof number === 'number' && number >= least && number <= most;
    return isRight && (!isWhole || Number.isInteger(number))
      ? number
      : complain(key, `a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`, `Write ${fallback}, for example.`);
  },
  filter: (key: string, kind: EventKind): AlertFilter | undefined => {
    const value = given[key] ?? {};
    const example = `Write dimensions with a name or a list of names each, such as { ${kind.dimensionNames[0]}: … }.`;
    if (!isRecord(value)) return complain(key, 'a filter', example);
    for (const [name, allowed] of Object.entries(value)) {
      if (!Object.hasOwn(kind.dimensions, name))
        return complain(`${key}.${name}`, `a dimension of "${kind.name}"`, meant(name, kind.dimensionNames));
      const all: readonly unknown[] = Array.isArray(allowed) ? allowed : [allowed];
      if (all.length === 0 || all.some((each) => typeof each !== 'string'))
        return complain(`${key}.${name}`, 'a name or a list of names', example);
    }
    return value as AlertFilter;
  },
});

/** Kept as the figure needs it. */
const suits = (figure: AlertRule['figure'], { keep }: Measure): boolean => {
  if (figure === 'quantile') return keep === 'histogram';
  if (figure === 'highest') return keep === 'histogram' || keep === 'highest';
  return keep === 'histogram' || keep === 'sum';
};

/** False where it is wrong. */
const measureOf = (
  given: Given,
  kind: EventKind,
  figure: AlertRule['figure'],
  complain: Complain,
): string | undefined | false => {
  const name = given.measure;
  if (name === undefined && ['rate', 'sum', 'ratio'].includes(figure)) return undefined;
  if (figure === 'ratio')
    return complain('measure', 'no measure', 'A ratio counts events: leave "measure" out.') ?? false;
  const suited = kind.measureNames.filter((each) => suits(figure, kind.measures[each] as Measure));
  return (
    suited.find((each) => each === name) ??
    complain('measure', `a figure of "${kind.name}" that has a ${figure}`, meant(name, suited)) ??
    false
  );
};

/** A tenth nearer to where it is well, or in the same proportion as by default; a share stays within 1. */
const recoverAtOf = (
  threshold: number,
  direction: AlertRule['direction'],
  isShare: boolean,
  proportion?: number,
): number => {
  const value = threshold * (proportion ?? (direction === 'above' ? 0.9 : 1.1));
  return isShare && value >= 1 ? (1 + threshold) / 2 : value;
};

const readRule = (name: string, own: Given, complain: Complain): AlertRule | undefined => {
  const base: Given | undefined = Object.hasOwn(defaultRules, name)
    ? ((defaultRules as Readonly<Record<string, RuleSettings>>)[name] as Given)
    : undefined;
  const present = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined && value !== null));
  const given: Given = { ...base, ...present };
  for (const key of Object.keys(given))
    if (!(keys as readonly string[]).includes(key)) return complain(key, 'known key', meant(key, keys));
  if (base === undefined && given.kind === undefined)
    return complain(
      '',
      'a rule',
      `${meant(name, Object.keys(defaultRules))} A rule of your own needs "kind", "figure" and "threshold".`,
    );
  const read = readers(given, complain);
  if (present.enabled !== undefined && read.flag('enabled') !== true) return undefined;
  const kind = kindsByName.get(String(given.kind));
  if (kind === undefined) return complain('kind', 'a kind of events', meant(given.kind, [...kindsByName.keys()]));
  const figure = read.oneOf('figure', alertFigures);
  const direction = given.direction === undefined ? 'above' : read.oneOf('direction', ['above', 'below']);
  if (figure === undefined || direction === undefined) return undefined;
  const measure = measureOf(given, kind, figure, complain);
  const perMs = read.duration('perMs', 1000, 1);
  if (measure === false || perMs === undefined) return undefined;
  // A default without a threshold waits for one.
  if (given.threshold === undefined && base !== undefined) return undefined;
  const unit = valueUnit({ kind: kind.name, figure, measure, perMs });
  const value = (key: string): number | undefined =>
    unit.parse(given[key]) ?? complain(key, unit.expected, `Write ${unit.example}.`);
  const threshold = value('threshold');
  if (threshold === undefined) return undefined;
  const isShare = figure === 'ratio';
  const isKept = present.threshold === undefined || present.recoverAt !== undefined;
  const before = unit.parse(base?.threshold);
  const proportion =
    before === undefined || base?.recoverAt === undefined ? undefined : (unit.parse(base.recoverAt) ?? 0) / before;
  const recoverAt =
    isKept && given.recoverAt !== undefined
      ? value('recoverAt')
      : recoverAtOf(threshold, direction, isShare, proportion);
  if (recoverAt === undefined) return undefined;
  if (isShare && threshold > 1) return complain('threshold', 'a share', 'A ratio is at most 1: write 0.9, or "90%".');
  if (direction === 'above' ? recoverAt > threshold : recoverAt < threshold)
    return complain('recoverAt', `a value not ${direction} the threshold`, 'It is well again on the other side of it.');
  const part = read.filter('part', kind);
  if (isShare && part !== undefined && Object.keys(part).length === 0)
    return complain('part', 'the events whose share it is', `Write names of ${quoted(kind.dimensionNames)}.`);
  const by = given.by === undefined ? undefined : read.oneOf('by', kind.dimensionNames);
  const rule = {
    name,
    title: typeof given.title === 'string' ? given.title : name,
    kind: kind.name,
    figure,
    measure,
    quantile: read.number('quantile', 0.95, 0, 1, false),
    part,
    perMs,
    where: read.filter('where', kind),
    by,
    windowMs: read.duration('windowMs', 300_000, 100),
    direction,
    threshold,
    recoverAt,
    holdMs: read.duration('holdMs', 10_000),
    recoverMs: read.duration('recoverMs', 30_000),
    cooldownMs: read.duration('cooldownMs', 600_000),
    quietMs: read.duration('quietMs', 0),
    leastEvents: read.number('leastEvents', 10, 0, 1e9, true),
    severity: given.severity === undefined ? 'warn' : read.oneOf('severity', ['page', 'warn']),
    profile: read.flag('profile'),
  };
  return rule as AlertRule;
};

/**
 * Reads rules as people write them: the defaults, with what is given changed, switched off or added. Each thing that is wrong is a
 * problem of its own; a rule that has one is left out.
 */
export const checkRules = (given: unknown = {}): CheckedRules => {
  const problems: RuleProblem[] = [];
  const rules: AlertRule[] = [];
  const add = (path: readonly string[], expected: string, fix: string): undefined => {
    problems.push({ path, expected, fix });
    return undefined;
  };
  if (!isRecord(given)) {
    add([], 'rules by their names', 'Write { "memory": { "threshold": "800MB" } }, for example.');
    return { rules, problems };
  }
  for (const name of new Set([...Object.keys(defaultRules), ...Object.keys(given)])) {
    const own = given[name] ?? {};
    if (own === false || own === 'false') continue;
    if (!/^[a-z][a-z0-9-]{0,63}$/.test(name)) {
      add([name], 'a name', 'Names of rules are lower case with dashes, such as "slow-answers".');
      continue;
    }
    if (name === anomalyRule) {
      add([name], 'another name', 'Anomalies are told of under this one: call the rule something else.');
      continue;
    }
    if (own !== true && own !== 'true' && !isRecord(own)) {
      add([name], 'a rule', 'Write its settings, or false to switch it off.');
      continue;
    }
    const before = problems.length;
    const rule = readRule(name, isRecord(own) ? own : {}, (key, expected, fix) =>
      add([name, ...key.split('.').filter((part) => part !== '')], expected, fix),
    );
    if (rule !== undefined && problems.length === before) rules.push(rule);
  }
  return { rules, problems };
};

/** Those that are switched on. Throws `TELEMETRY_ALERT_INVALID`. */
export const rulesOf = (settings: AlertSettings | undefined): readonly AlertRule[] => {
  const { rules, problems } = checkRules(settings);
  if (problems.length === 0) return rules;
  const lines = problems.map(({ path, expected, fix }) => `${path.join('.')}: expected ${expected}. ${fix}`);
  throw new TelemetryError('TELEMETRY_ALERT_INVALID', `The rules of alerts are not right:\n${lines.join('\n')}`);
};

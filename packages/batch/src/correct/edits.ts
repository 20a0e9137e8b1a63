import { digitsOf, distance } from '../names/distance.ts';
import type { Draft, FileEditFailure } from './failure.ts';
import { nearPaths } from './near-path.ts';
import type { CorrectorWorld } from './world.ts';

const maxFile = 4 * 1024 * 1024;
const blank = (line: string): boolean => line.trim() === '';

/** A line without what an eye does not see: indentation, blanks, typographic quotes. */
const squeeze = (line: string): string =>
  line
    .replaceAll(/[“”„]/g, '"')
    .replaceAll(/[‘’]/g, "'")
    .replaceAll(/[–—]/g, '-')
    .replaceAll(/[\s\u00a0]+/g, '');

interface Place {
  /** Indexes of lines: from, and behind the last. */
  readonly from: number;
  readonly to: number;
  readonly cost: number;
}

const lineCost = (wanted: string, actual: string): number => {
  const a = squeeze(wanted);
  const b = squeeze(actual);
  if (a === b) return 0;
  // Another number is another line, however near.
  if (digitsOf(a) !== digitsOf(b)) return Number.POSITIVE_INFINITY;
  const cost = distance(a, b, Math.max(2, a.length * 0.2));
  return cost === Number.POSITIVE_INFINITY ? cost : cost / Math.max(4, a.length);
};

/** Where the lines stand, blank ones not counting on either side. */
const placesOf = (lines: readonly string[], wanted: readonly string[]): readonly Place[] => {
  const solid = wanted.filter((line) => !blank(line));
  if (solid.length === 0) return [];
  const places: Place[] = [];
  for (let from = 0; from < lines.length; from++) {
    if (blank(lines[from] as string)) continue;
    let at = from;
    let cost = 0;
    for (const line of solid) {
      while (at < lines.length && blank(lines[at] as string)) at++;
      cost += at < lines.length ? lineCost(line, lines[at] as string) : Number.POSITIVE_INFINITY;
      at++;
      if (cost > solid.length * 0.15) break;
    }
    if (cost <= solid.length * 0.15) places.push({ from, to: at, cost: cost / solid.length });
  }
  return places.sort((a, b) => a.cost - b.cost);
};

const indentOf = (line: string): string => /^\s*/.exec(line)?.[0] ?? '';

/** Moves the replacement from the indentation that was expected to the one that is there. */
const reindent = (replace: string, wanted: string, actual: string): string => {
  const from = indentOf(wanted);
  const to = indentOf(actual);
  if (from === to) return replace;
  return replace
    .split('\n')
    .map((line) => (line.startsWith(from) ? to + line.slice(from.length) : line))
    .join('\n');
};

/** The unit that a text is indented by: a tab, or so many blanks. */
const unitOf = (lines: readonly string[]): string | undefined => {
  const indents = lines
    .filter((line) => !blank(line))
    .map(indentOf)
    .filter((indent) => indent !== '');
  if (indents.some((indent) => indent.includes('\t'))) return '\t';
  const least = Math.min(...indents.map(({ length }) => length));
  return Number.isFinite(least) ? ' '.repeat(least) : undefined;
};

/** A replacement that is indented by another unit than the file is written in it. */
const inUnit = (replace: string, from: string | undefined, to: string | undefined): string => {
  if (from === undefined || to === undefined || from === to) return replace;
  return replace
    .split('\n')
    .map((line) => {
      const indent = indentOf(line);
      return indent.length % from.length === 0 && !indent.replaceAll(from, '')
        ? to.repeat(indent.length / from.length) + line.slice(indent.length)
        : line;
    })
    .join('\n');
};

const draftFor = (failure: FileEditFailure, text: string): readonly Draft[] => {
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const lines = text.split(/\r?\n/);
  const find = failure.find.replaceAll('\r\n', '\n').replace(/\n$/, '');
  const replace = failure.replace.replaceAll('\r\n', '\n').replace(/\n$/, '');
  const wanted = find.split('\n');
  const places = placesOf(lines, wanted);
  const best = places[0];
  if (!best) return [];
  const first = wanted.find((line) => !blank(line)) ?? '';
  const actual = lines.slice(best.from, best.to);
  // A part of a line is found as the whole line: what stands around it stays only when the part can be told from it.
  const head = lines[best.from] as string;
  // Without an indentation of its own the text began in the middle of a line.
  const partial = indentOf(first) === '' && indentOf(head) !== '';
  const lead = partial ? indentOf(head) : '';
  const found = actual.join(newline).slice(lead.length);
  const solid = wanted.filter((line) => !blank(line));
  const unit = inUnit(replace, unitOf(solid), unitOf(actual));
  const mended = (partial ? unit : reindent(unit, first, head)).split('\n').join(newline);
  const tied = places.length > 1 && (places[1] as Place).cost - best.cost < 0.02;
  return [
    {
      rule: best.cost === 0 ? 'edit-blanks' : 'edit-near',
      change: { find: found, replace: mended },
      reason:
        best.cost === 0
          ? 'the text is there with other blanks, quotes or line ends'
          : `lines ${best.from + 1} to ${best.to} are nearly the text`,
      confidence: tied ? 0.4 : best.cost === 0 ? 0.95 : 0.85 - best.cost,
    },
  ];
};

/** Mends an edit whose text is in the file but for blanks, quotes, line ends or a few letters, or whose file is called otherwise. */
export const fileEdits = async (failure: FileEditFailure, world: CorrectorWorld): Promise<readonly Draft[]> => {
  const full = failure.path.startsWith('/') ? failure.path : `${failure.cwd}/${failure.path}`;
  const read = async (path: string): Promise<string | undefined> => {
    const text = await world.read(path, maxFile);
    return text === undefined ? undefined : Buffer.from(text, 'latin1').toString('utf8');
  };
  const text = await read(full);
  if (text !== undefined) return text.includes(failure.find) ? [] : draftFor(failure, text);
  const drafts: Draft[] = [];
  const near = await nearPaths(world, failure.cwd, failure.path);
  for (const { path, kind, cost } of near.slice(0, 3)) {
    if (kind !== 'file') continue;
    // That the text is in it is what makes it the one.
    const held = (await read(path.startsWith('/') ? path : `${failure.cwd}/${path}`))?.includes(failure.find) === true;
    drafts.push({
      rule: 'edit-path',
      change: { path },
      reason: held ? `the text is in ${path}` : `there is no ${failure.path}, but ${path}`,
      confidence: held ? 0.93 - 0.04 * cost : 0.4,
    });
  }
  const holding = drafts.filter(({ confidence }) => confidence > 0.5);
  return holding.length > 1
    ? drafts.map((draft) => ({ ...draft, confidence: Math.min(draft.confidence, 0.45) }))
    : drafts;
};

import { posix } from 'node:path';
import { parseTouch, type Touch, touchesMeet } from '../graph/touch.ts';
import { createTouchIndex } from '../graph/touch-index.ts';
import { nearestName } from '../names/nearest-name.ts';
import type { Draft, DraftStep } from './draft.ts';
import { type Finding, type Fix, finding, pointerOf } from './finding.ts';
import type { World } from './world.ts';

const maxListed = 500;

/** Steps of one list that would all write the same. */
const checkItems = ({ step, name, keys, touches, kind }: DraftStep): Finding[] => {
  if (step.map === undefined || (Array.isArray(step.map) && step.map.length < 2)) return [];
  const shared = touches.writes.find(
    (text) => !text.includes('${{') && !text.startsWith('name:') && !parseTouch(text).isGlob,
  );
  if (shared === undefined) return [];
  const isSure = kind === 'file' || kind === 'json';
  return [
    finding(
      'BATCH_WRITE_CONFLICT',
      isSure ? 'error' : 'warning',
      { step: name, keys: [...keys, kind === 'file' ? 'file' : kind === 'json' ? 'json' : 'writes'] },
      `It runs for each item at once, and each writes ${shared}. Give each its own path, with \${{ item }} or \${{ index }} in it.`,
    ),
  ];
};

/** Where two patterns meet, nobody can tell which of the two is meant to come last. */
const checkOrders = (draft: Draft): Finding[] =>
  draft.inferred.flatMap(({ from, to, why, what }) => {
    if (why !== 'write-write') return [];
    const [first, last] = [draft.steps[from], draft.steps[to]];
    if (first === undefined || last === undefined) return [];
    const touch = parseTouch(what);
    const others = first.touches.writes.map(parseTouch).filter((other) => touchesMeet(other, touch));
    if (!touch.isGlob && !others.some(({ isGlob }) => isGlob)) return [];
    const list = last.step.dependencies;
    const path = [...last.keys, 'dependencies'];
    const fix: Fix = {
      description: `Let "${last.id}" depend on "${first.id}".`,
      isSafe: false,
      edit: [
        list === undefined
          ? { op: 'add', path: pointerOf(path), value: [first.id] }
          : { op: 'add', path: pointerOf([...path, '-']), value: first.id },
      ],
    };
    return [
      finding(
        'BATCH_ORDER_ASSUMED',
        'warning',
        { step: last.name, keys: [...last.keys, 'writes'] },
        `"${first.id}" and "${last.id}" may both write ${what} (${others[0]?.text ?? ''}): "${last.id}" comes last, since it stands last. Say so with a dependency, or write narrower patterns.`,
        fix,
      ),
    ];
  });

/** Files that are read and neither there nor written before. */
const checkReads = async (draft: Draft, world: World): Promise<Finding[]> => {
  const findings: Finding[] = [];
  const position = new Map([...draft.graph.order].map((step, at) => [step, at]));
  // Each that writes stands in it as one who knows of the place: none makes the others be forgotten.
  const writers = createTouchIndex();
  for (const [number, { touches }] of draft.steps.entries())
    for (const text of touches.writes) writers.read(parseTouch(text), number);
  const writersOf = (touch: Touch): readonly number[] => {
    const found = new Set<number>();
    writers.visit(touch, ({ touch: other, readers }) => {
      if (touchesMeet(other, touch)) for (const number of readers) found.add(number);
    });
    return [...found].sort((a, b) => a - b);
  };
  for (const [number, { step, name, keys, touches }] of draft.steps.entries()) {
    for (const text of touches.reads) {
      const touch = parseTouch(text);
      if (touch.name !== undefined || text.includes('${{')) continue;
      const isOwn = 'file' in step && text === step.file;
      if (isOwn && step.append !== undefined) continue;
      const numbers = writersOf(touch).filter((other) => other !== number);
      if (numbers.some((other) => (position.get(other) ?? 0) < (position.get(number) ?? 0))) continue;
      const isThere = touch.isGlob ? (await world.list(touch.path, 1)).length > 0 : await world.exists(touch.path);
      if (isThere) continue;
      const at = (step.reads ?? []).indexOf(text);
      const own = [...keys, ...(at >= 0 ? ['reads', at] : ['file' in step ? 'file' : 'json'])];
      const where = { step: name, keys: own };
      const late = draft.steps[numbers[0] ?? -1];
      if (late !== undefined) {
        const path = [...keys, 'dependencies'];
        findings.push(
          finding(
            'BATCH_READ_TOO_EARLY',
            touch.isGlob ? 'warning' : 'error',
            where,
            `It reads ${text}, which is not there before "${late.id}" has written it. Let it depend on "${late.id}".`,
            {
              description: `Let "${step.id}" depend on "${late.id}".`,
              isSafe: true,
              edit: [
                step.dependencies === undefined
                  ? { op: 'add', path: pointerOf(path), value: [late.id] }
                  : { op: 'add', path: pointerOf([...path, '-']), value: late.id },
              ],
            },
          ),
        );
        continue;
      }
      const folder = posix.dirname(touch.path);
      const near = touch.isGlob ? [] : await world.list(folder, maxListed);
      const meant = nearestName(touch.path, near);
      const rest = meant === undefined ? 'Check the path, or add the step that writes it.' : `Did you mean ${meant}?`;
      const isSure = !touch.isGlob && !('json' in step);
      findings.push(
        finding(
          'BATCH_FILE_MISSING',
          isSure ? 'error' : 'warning',
          where,
          `${touch.isGlob ? `Nothing fits ${text}` : `There is no ${touch.path}`}, and no step before writes it. ${rest}`,
          meant === undefined || at < 0
            ? undefined
            : {
                description: `Read ${meant}.`,
                isSafe: false,
                edit: [{ op: 'replace', path: pointerOf(own), value: text.replace(touch.path, () => meant) }],
              },
        ),
      );
    }
  }
  return findings;
};

const checkDisk = async (draft: Draft, world: World): Promise<Finding[]> => {
  const bytes = draft.steps.reduce((sum, { step }) => {
    if (!('file' in step)) return sum;
    const copies = Array.isArray(step.map) ? step.map.length : 1;
    return sum + copies * Buffer.byteLength(step.content ?? step.append ?? '');
  }, 0);
  if (bytes === 0) return [];
  const free = await world.freeBytes();
  if (free === undefined || bytes <= free) return [];
  return [
    finding(
      'BATCH_DISK_FULL',
      'error',
      {},
      `Its files take ${bytes} bytes at least, and ${free} are free. Make room first.`,
    ),
  ];
};

/** What steps read and write, beside each other and beside what there is. */
export const checkTouches = async (draft: Draft, world: World): Promise<Finding[]> => [
  ...draft.steps.flatMap(checkItems),
  ...checkOrders(draft),
  ...(await checkReads(draft, world)),
  ...(await checkDisk(draft, world)),
];

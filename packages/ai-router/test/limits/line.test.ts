import { expect, it } from 'vitest';
import { Line, type Place } from '../../src/limits/line.ts';

interface Item extends Place<Item> {
  readonly name: string;
}

const itemOf = (name: string, order: number, deadline = Number.POSITIVE_INFINITY): Item => ({
  name,
  order,
  deadline,
  before: undefined,
  after: undefined,
});

const namesOf = (line: Line<Item>): string => {
  const names: string[] = [];
  for (let item = line.head; item; item = item.after) names.push(item.name);
  return names.join('');
};

it('keeps the order of arrival, also for those that come over from another line', () => {
  const line = new Line<Item>();
  for (const [name, order] of [
    ['b', 2],
    ['e', 5],
    ['a', 1],
    ['d', 4],
    ['c', 3],
  ] as const) {
    line.insert(itemOf(name, order));
  }
  expect([namesOf(line), line.size]).toEqual(['abcde', 5]);
});

it('lets anyone leave', () => {
  for (const leaving of ['a', 'b', 'c', 'ab', 'ba', 'bc', 'ca', 'cab', 'bac']) {
    const line = new Line<Item>();
    const items = new Map(['a', 'b', 'c'].map((name, order) => [name, itemOf(name, order)]));
    for (const item of items.values()) line.insert(item);
    for (const name of leaving) line.remove(items.get(name) as Item);
    expect(namesOf(line)).toBe([...'abc'].filter((name) => !leaving.includes(name)).join(''));
    line.insert(itemOf('d', 9));
    expect([namesOf(line).at(-1), line.size]).toEqual(['d', 4 - leaving.length]);
  }
});

it('tells whose deadline has come, each once, and when the next one comes', () => {
  const line = new Line<Item>();
  const items = [itemOf('a', 1, 300), itemOf('b', 2, 100), itemOf('c', 3), itemOf('d', 4, 200)];
  for (const item of items) line.insert(item);
  expect([line.earliestDeadline, line.expired(99)]).toEqual([100, []]);
  const expired = line.expired(200);
  expect(expired.map(({ name }) => name)).toEqual(['b', 'd']);
  expect(line.earliestDeadline).toBe(300);
  expect(line.expired(200)).toEqual([]);
  for (const item of items) line.remove(item);
  expect(line.earliestDeadline).toBe(Number.POSITIVE_INFINITY);
});

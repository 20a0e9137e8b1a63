import { describe, expect, it } from 'vitest';
import { createShortcuts, isForPage } from '../src/shell/shortcuts.ts';

const world = () => {
  const done: string[] = [];
  let now = 0;
  const shortcuts = ['g o', 'g r', 'p', '?'].map((keys) => ({ keys, about: '', act: () => void done.push(keys) }));
  const press = createShortcuts({ shortcuts: () => shortcuts, now: () => now });
  return { done, press, pass: (ms: number) => (now += ms) };
};

describe('keys', () => {
  it('are meant alone, or two after each other', () => {
    const { done, press } = world();
    expect(['p', 'g', 'o', 'g', 'r', '?'].map(press)).toEqual([true, true, true, true, true, true]);
    expect(done).toEqual(['p', 'g o', 'g r', '?']);
  });

  it('that mean nothing are left to the browser', () => {
    const { done, press } = world();
    expect([press('x'), press('o'), press('g'), press('x')]).toEqual([false, false, true, false]);
    expect(done).toEqual([]);
  });

  it('begin anew after a wrong one, and after a while', () => {
    const { done, press, pass } = world();
    for (const key of ['g', 'g', 'o']) press(key);
    press('g');
    pass(2_000);
    press('r');
    press('g');
    press('p');
    expect(done).toEqual(['g o', 'p']);
  });
});

describe('a key press', () => {
  const none = { key: 'g', ctrlKey: false, metaKey: false, altKey: false, target: { tagName: 'BODY' } };

  it('is for the page unless it is for a field or the browser', () => {
    expect(isForPage(none)).toBe(true);
    expect(isForPage({ ...none, target: null })).toBe(true);
    for (const name of ['ctrlKey', 'metaKey', 'altKey']) expect(isForPage({ ...none, [name]: true })).toBe(false);
    for (const tagName of ['INPUT', 'SELECT', 'TEXTAREA'])
      expect(isForPage({ ...none, target: { tagName } })).toBe(false);
    expect(isForPage({ ...none, target: { tagName: 'DIV', isContentEditable: true } })).toBe(false);
  });
});

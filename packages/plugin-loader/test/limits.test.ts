import { describe, expect, it } from 'vitest';
import { createPluginHost, folderSource, type PluginSource } from '../src/index.ts';
import { createSlots } from '../src/slots.ts';
import { pluginFolder } from './support/plugins.ts';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('limits of time', () => {
  // A timer of Node.js that is asked for more than 2^31-1 ms fires after one.
  it.each([Number.POSITIVE_INFINITY, 1e12])('may be as long as one likes: %s', async (ms) => {
    const folder = pluginFolder();
    folder.add('slow', {
      code: 'const wait = () => new Promise((go) => setTimeout(go, 20)); await wait(); export default { activate: wait, deactivate: wait };',
    });
    const folders = folderSource(folder.path);
    const slow: PluginSource = {
      id: 'slow',
      list: async (context) => {
        await wait(20);
        return folders.list(context);
      },
    };
    await using host = createPluginHost({
      sources: [slow],
      hostVersion: '1.0.0',
      timeouts: { sourceMs: ms, importMs: ms, activationMs: ms, deactivationMs: ms },
    });
    await host.load('slow');
    await host.deactivate();
    expect(host.problems()).toEqual([]);
  });
});

describe('slots', () => {
  it.each([2, Number.POSITIVE_INFINITY])('have what wants to be alone be so, time and again: of %s', async (size) => {
    const slots = createSlots(size);
    const under = new Set<string>();
    const seen: string[] = [];
    const task = (name: string, alone: boolean) =>
      slots.run(
        async () => {
          under.add(name);
          seen.push([...under].join('+'));
          await wait(1);
          under.delete(name);
        },
        { alone },
      );
    await Promise.all([task('a', true), task('b', false), task('c', false), task('d', true), task('e', false)]);
    expect(seen).toEqual(['a', 'b', 'b+c', 'd', 'e']);
  });
});

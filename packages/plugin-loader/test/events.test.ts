import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { channels, createPluginHost, folderSource, type PluginEvent } from '../src/index.ts';
import { pluginFolder } from './support/plugins.ts';

const boot = async (onEvent?: (event: PluginEvent) => void) => {
  const folder = pluginFolder();
  folder.add('good', { manifest: { core: true } });
  folder.add('bad', { manifest: { core: true }, code: 'throw new Error("no");' });
  folder.add('odd', { manifest: { version: 'odd' } });
  await using host = createPluginHost({ sources: [folderSource(folder.path)], hostVersion: '1.0.0', onEvent });
  await host.boot();
};

const durationMs = expect.any(Number);
const failure = { code: 'PLUGIN_IMPORT_FAILED' };
const expected = [
  { type: 'problem-found', error: { code: 'PLUGIN_MANIFEST_INVALID' } },
  { type: 'discovery-end', plugins: 2, durationMs, filesRead: 3, filesReused: 0 },
  { type: 'import-end', plugin: 'bad', durationMs, error: failure },
  { type: 'problem-found', error: failure },
  { type: 'import-end', plugin: 'good', durationMs },
  { type: 'activation-end', plugin: 'good', durationMs },
  { type: 'boot-end', active: 1, failed: 1, durationMs },
  { type: 'deactivation-end', plugin: 'good', durationMs },
];
/** Two plugins are on their way at once: which of them ends first is nobody's promise. */
const sorted = (events: readonly unknown[]): string[] =>
  events
    .map((event) => {
      const { type, plugin, error } = event as { type: string; plugin?: string; error?: { code: string } };
      return `${type} ${plugin ?? ''} ${error?.code ?? ''}`;
    })
    .sort();

describe('the channels', () => {
  const heard: unknown[] = [];
  const listen = (event: unknown): void => void heard.push(event);
  beforeEach(() => {
    heard.splice(0);
    for (const channel of Object.values(channels)) channel.subscribe(listen);
  });
  afterEach(() => {
    for (const channel of Object.values(channels)) channel.unsubscribe(listen);
  });

  it('tell of all that happens', async () => {
    await boot();
    expect(sorted(heard)).toEqual(sorted(expected));
    for (const event of expected.filter(({ type }) => type !== 'problem-found'))
      expect(heard).toContainEqual(
        expect.objectContaining({ ...event, ...(event.error && { error: expect.objectContaining(failure) }) }),
      );
  });

  it('tell a host’s own listener the same', async () => {
    const own: unknown[] = [];
    await boot((event) => own.push(event));
    expect(own).toEqual(heard);
  });
});

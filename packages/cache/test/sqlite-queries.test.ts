import { DatabaseSync } from 'node:sqlite';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { channels, type QueryEndEvent } from '../src/events.ts';
import { temporaryPaths } from './support/folder.ts';
import { entry, sqliteStores } from './support/sqlite.ts';

const newPath = temporaryPaths();
const start = sqliteStores();
let heard: QueryEndEvent[] = [];
const listen = (event: unknown): void => void heard.push(event as QueryEndEvent);
afterEach(() => {
  channels.queryEnd.unsubscribe(listen);
  heard = [];
});

describe('the channel of queries', () => {
  it('tells how long the file was asked and written to, and nothing of what', () => {
    const store = start({ path: newPath() });
    channels.queryEnd.subscribe(listen);
    store.get('a key');
    store.set('a key', entry('a value'));
    store.flush();
    const told = heard.map(({ store: name, operation }) => `${name} ${operation}`);
    expect(told).toEqual(['sqlite read', 'sqlite write']);
    for (const { durationMs } of heard) expect(durationMs).toBeGreaterThan(0);
    expect(JSON.stringify(heard)).not.toMatch(/a key|a value/);
  });

  it('tells of those that fail as well, with what they waited for a lock', () => {
    const path = newPath();
    const store = start({ path });
    const other = new DatabaseSync(path);
    onTestFinished(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    channels.queryEnd.subscribe(listen);
    store.set('a key', entry('a value'));
    expect(() => store.flush()).toThrow();
    other.exec('ROLLBACK');
    expect(heard.find(({ operation }) => operation === 'write')?.durationMs).toBeGreaterThan(1_000);
  });
});

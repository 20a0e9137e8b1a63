import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { eventFile } from './analytics-machine.ts';
import { freshMachine, type Machine } from './built.ts';

let machine: Machine;
beforeEach(() => {
  machine = freshMachine();
});

const damage = (path: string): void => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'no database '.repeat(1000));
};
const requests = async (): Promise<number> => {
  const { stdout } = await machine.run(['analytics', 'summary', '--json']);
  return JSON.parse(stdout).total.requests;
};

it('says that a receiver which is down got nothing, and that alone', async () => {
  const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' };
  const { code, stderr } = await machine.run(['ask', 'one'], { environment });
  expect(code).toBe(0);
  expect(stderr).toMatch(/not sent to the receiver of OpenTelemetry\. .* took nothing/);
  expect(stderr).not.toContain('not recorded');
  expect(await requests()).toBe(1);
});

it('says that nothing is captured where the file of content is damaged, and that alone', async () => {
  machine.write('hotpath.config.json', JSON.stringify({ telemetry: { content: { enabled: true } } }));
  damage(join(eventFile(machine), '..', 'content.sqlite'));
  const { code, stderr } = await machine.run(['ask', 'one']);
  expect(code).toBe(0);
  expect(stderr).toContain('prompts and answers are not captured. ');
  expect(stderr).not.toContain('not recorded');
  expect(await requests()).toBe(1);
});

it('says that nothing is recorded where the file of events is damaged', async () => {
  damage(eventFile(machine));
  const { code, stderr } = await machine.run(['ask', 'one']);
  expect(code).toBe(0);
  expect(stderr).toContain('what was done is not recorded. ');
});

import { expect, it } from 'vitest';
import { oneLine } from '../src/plain-text.ts';
import { nameFault } from '../src/plugins/command-names.ts';
import { listedCommands, pluginSection } from '../src/plugins/help-section.ts';

const own = [{ name: 'ask' }, { name: 'cache get' }, { name: 'plugins list' }];

it.each([
  'deploy',
  'deploy all',
  'ask',
  'ask more',
  'asks',
  'cache',
  'cache get',
  'cache get it',
  'cache warm up',
  'help',
  'help me',
  'helper',
  '-x',
  'a -b',
  'a  b',
  ' a',
  'plugins',
  'plugin',
])('the help lists %j where it can be called, and only there', (name) => {
  expect(pluginSection([{ name, summary: '' }], own) !== '').toBe(nameFault(name, own) === undefined);
});

it('summaries are made safe as everywhere else', () => {
  const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCodePoint(code)).join('x');
  const declaration = { name: 'deploy', summary: all };
  const [listed] = listedCommands([{ kind: 'commands', name: 'deploy', plugin: 'p', declaration }]);
  expect(listed?.summary).toBe(oneLine(all));
  expect(listed?.summary).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}\u202e\u2066]/u);
});

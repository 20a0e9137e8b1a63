import { expect, it } from 'vitest';
import { nameFault } from '../src/plugins/command-names.ts';
import { pluginSection } from '../src/plugins/help-section.ts';

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
  const listed = pluginSection(
    { contributions: [{ kind: 'commands', name, plugin: 'p', declaration: { name } }] },
    own,
  );
  expect(listed !== '').toBe(nameFault(name, own) === undefined);
});

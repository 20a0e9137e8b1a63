import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { applyFixes } from '../../src/plan/apply-fixes.ts';
import { validate } from '../../src/plan/validate.ts';
import { fakeWorld } from '../support/fake-world.ts';

const yaml = `# nightly
name: w   # its name
concurency: 2
steps:
  - id: build
    run: make   # all of it
    writes: [dist]
  - id: early
    run: cat new.txt
    reads:
      - new.txt
  - { id: other, run: cat, reads: ['new.txt'] }
  - id: listed
    run: cat
    reads: [new.txt]
    dependencies:
      - "biuld"
  - id: write
    file: new.txt
    content: |
      many
      lines

  # the end
  - id: last
    run: gti push
    dependencies: [ 'biuld' , write]
`;

describe('fixes', () => {
  it('are made in the text, which otherwise stays as it is', async () => {
    const world = fakeWorld();
    const findings = await validate(load(yaml), world);
    const { text, diff, applied, skipped } = await applyFixes(yaml, findings, { file: 'flow.yaml' });
    expect(skipped).toEqual([]);
    expect(applied).toHaveLength(6);
    expect(diff.split('\n').filter((line) => /^[-+]/.test(line))).toEqual([
      '--- a/flow.yaml',
      '+++ b/flow.yaml',
      '-concurency: 2',
      '+concurrency: 2',
      "-  - { id: other, run: cat, reads: ['new.txt'] }",
      '+    dependencies: [write]',
      "+  - { id: other, run: cat, reads: ['new.txt'], dependencies: [write] }",
      '-      - "biuld"',
      '+      - "build"',
      '+      - write',
      "-    dependencies: [ 'biuld' , write]",
      "+    dependencies: [ 'build' , write]",
    ]);
    // What is left would run something else: nobody has said yes to it.
    expect((await validate(load(text), world)).map(({ code }) => code)).toEqual(['BATCH_COMMAND_UNKNOWN']);
  });

  it('are made in JSON, in its own form', async () => {
    const json =
      '{\n  "name": "w",\n  "steps": [\n    {\n      "id": "a",\n      "run": "ls",\n      "reads": ["x"]\n    },\n    { "id": "b", "file": "x", "content": "" }\n  ]\n}\n';
    const findings = await validate(JSON.parse(json), fakeWorld());
    const { text } = await applyFixes(json, findings, { file: 'flow.json' });
    expect(text).toBe(json.replace('["x"]\n', '["x"],\n      "dependencies": ["b"]\n'));
  });

  it('are left out where they are about another document, and where nobody wants them', async () => {
    const findings = await validate(load(yaml), fakeWorld());
    const other = 'name: w\nsteps:\n  - id: build\n    run: make\n';
    const { text, diff, skipped } = await applyFixes(other, findings);
    expect({ text, diff, skipped: skipped.length }).toEqual({ text: other, diff: '', skipped: 6 });
    expect((await applyFixes(yaml, findings, { isWanted: () => false })).diff).toBe('');
    const all = await applyFixes(yaml, findings, { isWanted: () => true });
    expect(all.text).toContain('run: git push');
  });
});

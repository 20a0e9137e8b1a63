import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { fillTemplate, readParameters, variablesOf } from '../src/templates/fill.ts';
import { parseTemplate } from '../src/templates/template.ts';
import { freshMachine, type Machine } from './built.ts';

const parse = (file: string, text: string) => parseTemplate('t', file, text);

describe('a template', () => {
  it('is YAML, or Markdown with front matter', async () => {
    const expected = {
      name: 't',
      model: 'openai/m',
      system: 'Be brief.',
      defaults: { language: 'English', times: '3' },
      schema: 'name, age int',
      prompt: 'Say {{input}}\n---\nin {{language}}',
    };
    const settings =
      'model: openai/m\nsystem: Be brief.\ndefaults: { language: English, times: 3 }\nschema: name, age int\n';
    expect(await parse('t.md', `---\n${settings}---\nSay {{input}}\n---\nin {{language}}\n`)).toEqual(expected);
    expect(await parse('t.md', `\ufeff---\r\n${settings}---\r\nSay {{input}}\n---\nin {{language}}`)).toEqual(expected);
    expect(await parse('t.yaml', `${settings}prompt: |\n  Say {{input}}\n  ---\n  in {{language}}\n`)).toEqual(
      expected,
    );
    expect(await parse('t.md', 'Just this.')).toEqual({ name: 't', defaults: {}, prompt: 'Just this.' });
  });

  it.each([
    ['t.yaml', 'modle: x', /there is no setting "modle"\. Did you mean "model"\?/],
    ['t.yaml', 'model: [x]', /"model" must be a text/],
    ['t.yaml', 'defaults: { a: { b: 1 } }', /"defaults\.a" must be a text/],
    ['t.yaml', '- a', /it must hold description, model/],
    ['t.yaml', 'a: b: c', /t\.yaml: it is not valid YAML at line 1/],
    ['t.md', '---\nmodel: x\n\tprompt: y\n---\n', /it is not valid YAML at line 3/],
    ['t.md', '---\nprompt: x\n---\ny', /Leave out "prompt"/],
  ])('of %s with %j is refused with the place', async (file, text, message) => {
    await expect(parse(file, text)).rejects.toMatchObject({
      code: 'CLI_TEMPLATE_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('is read for anything, or refused in our words', async () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '---\n',
        '\n',
        'model: ',
        'defaults:\n',
        '  a: 1\n',
        '{{x}}',
        '&a ',
        '*a',
        '__proto__: 1\n',
        '!!js ',
      ),
      fc.string(),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('t.md', 't.yaml'), fc.array(piece), async (file, pieces) => {
        try {
          const template = await parse(file, pieces.join(''));
          expect(typeof template.prompt).toBe('string');
        } catch (error) {
          expect(error).toMatchObject({ code: 'CLI_TEMPLATE_INVALID' });
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('what is put into a template', () => {
  const template = (prompt: string, defaults = {}, system?: string) => ({
    name: 't',
    prompt,
    defaults,
    ...(system !== undefined && { system }),
  });
  const fill = (given: ReturnType<typeof template>, parameters: readonly string[], input = '') =>
    fillTemplate(given, readParameters(parameters), input);

  it('is what was named, then the defaults, in the system prompt too', () => {
    const given = template('{{ a }}-{{b}}', { a: '1', b: '2' }, 'Say {{c}}.');
    expect(variablesOf(given)).toEqual(['c', 'a', 'b']);
    expect(fill(given, ['b=x=y', 'c='])).toEqual({ prompt: '1-x=y', system: 'Say .' });
  });

  it('stays as it is: what looks like a variable in a value is none', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        expect(fill(template('<{{a}}|{{b}}>', { b: '$&{{a}}' }), [`a=${value}`]).prompt).toBe(`<${value}|$&{{a}}>`);
      }),
    );
  });

  it('has the input where it is asked for, else below', () => {
    expect(fill(template('Say: {{input}}!'), [], 'hi').prompt).toBe('Say: hi!');
    expect(fill(template('Say this.'), [], 'hi').prompt).toBe('Say this.\n\nhi');
    expect(fill(template(''), [], 'hi').prompt).toBe('hi');
  });

  it('names every variable that has no value, and parameters that there are not', () => {
    expect(() => fill(template('{{a}} {{b}} {{input}}'), [])).toThrow(
      /no value for a, b, input\. Give -p a=… -p b=…\. Its input is what/,
    );
    expect(() => fill(template('{{language}}'), ['langage=x'])).toThrow(
      /no variable langage\. Did you mean language\?/,
    );
    expect(() => readParameters(['x'])).toThrow(/such as language=German, not "x"/);
  });
});

describe('hotpath templates', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = freshMachine();
  });
  const userFile = (name: string) => join(machine.folder, 'home', 'templates', name);
  const projectFile = (name: string) => join(machine.folder, '.hotpath', 'templates', name);
  const put = (file: string, text: string) => {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };

  it('are asked, those of the project before the user’s own', async () => {
    put(userFile('say.md'), 'Mine: {{input}}');
    put(projectFile('say.yaml'), 'prompt: "Project {{what}}: {{input}}"\nmodel: sim/sim-1\n');
    put(userFile('other.md'), 'Other');
    const ask = (...args: string[]) => machine.run(['ask', ...args], { input: 'piped\n' });
    expect((await ask('-t', 'say', '-p', 'what=A')).stdout).toMatch(/You said: Project A: piped\n$/);
    expect((await ask('-t', 'other')).stdout).toMatch(/You said: Other piped\n$|You said: Other\n\npiped\n$/);
    expect(await ask('-t', 'say')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no value for what\. Give -p what=…/),
    });
    expect(await ask('-t', 'sya')).toMatchObject({ code: 2, stderr: expect.stringMatching(/Did you mean "say"\?/) });
    expect(await ask('-p', 'a=b')).toMatchObject({ code: 2, stderr: expect.stringMatching(/name it with -t/) });
  });

  it('carry a schema', async () => {
    put(userFile('person.yaml'), 'prompt: Who?\nschema:\n  type: object\n  required: [name]\n');
    const { code, stderr } = await machine.run(['ask', '-t', 'person']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('it is not JSON')]);
  });

  it('are listed with what they take, also beside one that is broken', async () => {
    put(userFile('a.md'), '---\ndescription: First\n---\n{{x}} {{input}}');
    put(userFile('b.yaml'), 'promt: x');
    put(userFile('notes.txt'), 'none');
    const { code, stdout, stderr } = await machine.run(['templates', 'list']);
    expect([code, stdout]).toEqual([1, 'a  user: First (x)\nb  user\n']);
    expect(stderr).toMatch(/b\.yaml: there is no setting "promt"/);
    expect(JSON.parse((await machine.run(['templates', 'list', '--json'])).stdout).templates).toMatchObject([
      { name: 'a', variables: ['x'], source: 'user' },
      { name: 'b', problem: expect.any(String) },
    ]);
    put(userFile('a.yaml'), 'prompt: x');
    expect(await machine.run(['templates', 'list'])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/has the same name/),
    });
  });

  it('are shown, found and deleted', async () => {
    put(userFile('a.md'), 'Text of it');
    expect((await machine.run(['templates', 'show', 'a'])).stdout).toBe('Text of it\n');
    expect((await machine.run(['templates', 'path'])).stdout).toBe(`${dirname(userFile('a.md'))}\n`);
    expect((await machine.run(['templates', 'path', 'a'])).stdout).toBe(`${userFile('a.md')}\n`);
    expect(await machine.run(['templates', 'delete', 'a'])).toMatchObject({ code: 2 });
    expect(await machine.run(['templates', 'delete', 'a', '--yes'])).toMatchObject({ code: 0 });
    expect(existsSync(userFile('a.md'))).toBe(false);
    expect(await machine.run(['templates', 'show', '../a'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/no template "\.\.\/a"/),
    });
  });

  describe.skipIf(process.platform === 'win32')('in an editor (a script of sh here)', () => {
    const editor = (script: string) => {
      const file = machine.write('ed it.sh', `#!/bin/sh\n${script}\n`);
      chmodSync(file, 0o700);
      return { VISUAL: `"${file}" --wait` };
    };
    const edit = (environment: Record<string, string>, ...args: string[]) =>
      machine.run(['templates', 'edit', ...args], { environment });

    it('are begun, and kept once they are written', async () => {
      const written = await edit(editor('printf "Say {{input}}" > "$2"'), 'new');
      expect(written).toMatchObject({ code: 0, stderr: expect.stringMatching(/hotpath ask -t new/) });
      expect(readFileSync(userFile('new.md'), 'utf8')).toBe('Say {{input}}');
      const json = await edit(editor('printf "Other" > "$2"'), 'new', '--project', '--json');
      expect({ ...json, stdout: JSON.parse(json.stdout) }).toEqual({
        code: 0,
        stdout: { name: 'new', path: projectFile('new.md') },
        stderr: '',
      });
      expect(readFileSync(projectFile('new.md'), 'utf8')).toBe('Other');
    });

    it('are not kept where nothing was written or the editor failed, and faults are told', async () => {
      expect(await edit(editor('true'), 'new')).toMatchObject({
        code: 1,
        stderr: 'Nothing was written, and nothing is kept.\n',
      });
      expect(await edit(editor('exit 3'), 'new')).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/ended with 3/),
      });
      expect(existsSync(userFile('new.md'))).toBe(false);
      const faulty = await edit(editor('printf -- "---\\nmodle: x\\n---\\n" > "$2"'), 'new');
      expect(faulty).toMatchObject({ code: 1, stderr: expect.stringMatching(/Did you mean "model"/) });
      expect(existsSync(userFile('new.md'))).toBe(true);
      expect(await edit(editor('true'), '../x')).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/is no name of a template/),
      });
      expect(await machine.run(['templates', 'edit', 'x'])).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/Set VISUAL or EDITOR/),
      });
    });
  });
});

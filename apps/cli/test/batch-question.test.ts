import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createQuestions, type JobSettings } from '../src/batch/question.ts';
import { parseTemplate } from '../src/batch/template.ts';

const fill = (template: string, columns: Readonly<Record<string, unknown>>): string =>
  parseTemplate(template).render(columns, (name) => new Error(`no ${name}`));

describe('a template', () => {
  it.each([
    ['To {{ language }}: {{text}}', { language: 'French', text: 'Hi' }, 'To French: Hi'],
    ['{{a.b}} {{list.1}} {{x.y}}', { a: { b: 1 }, list: ['p', 'q'], 'x.y': 'own' }, '1 q own'],
    ['{{o}}{{n}}{{none}}', { o: { k: [true] }, n: 0, none: null }, '{"k":[true]}0'],
    ['\\{{kept}} {{text}}', { text: '{{kept}}' }, '{{kept}} {{kept}}'],
    ['{ {a} } {{}', {}, '{ {a} } {{}'],
  ])('%j', (template, columns, filled) => {
    expect(fill(template, columns)).toBe(filled);
  });

  it.each(['{{missing}}', '{{constructor}}', '{{a.length}}', '{{__proto__}}', '{{}}'])('refuses %s', (template) => {
    expect(() => fill(template, { a: {} })).toThrow('no ');
  });

  it('puts in any text as it is', () => {
    fc.assert(fc.property(fc.string(), (text) => fill('<{{t}}>', { t: text }) === `<${text}>`));
  });
});

const settings: JobSettings = {
  model: 'm',
  template: undefined,
  system: undefined,
  maxTokens: undefined,
  temperature: undefined,
  schema: undefined,
};
const ask = (columns: Readonly<Record<string, unknown>>, changes: Partial<JobSettings> = {}, row = 1) =>
  createQuestions('in.jsonl', { ...settings, ...changes })({ row, line: 7, columns });

describe('a question', () => {
  it('without a template is the prompt, or the only column', () => {
    expect(ask({ id: 1, prompt: 'Hi' }).prompt).toBe('Hi');
    expect(ask({ text: 'Hello' }).prompt).toBe('Hello');
  });

  it.each([
    [{ a: 1, b: 2 }, {}, 'row 1 has no column "prompt". It has a, b.'],
    [{ txt: 'x' }, { template: '{{text}}' }, 'row 1 has no column "text", which the template names. It has txt.'],
    [{ languages: 'x' }, { template: '{{language}}' }, 'Did you mean {{languages}}?'],
    [{ prompt: 'x' }, { system: '{{who}}' }, 'no column "who"'],
    [{ prompt: ' \n' }, {}, 'asks nothing'],
    [{}, {}, 'It has no columns.'],
  ])('of %j with %j is refused', (columns, changes, message) => {
    expect(() => ask(columns, changes)).toThrow(message);
    expect(() => ask(columns, changes)).toThrow('in.jsonl, line 7');
  });

  it('has the hash of all that its answer depends on, and of nothing else', () => {
    const same = ask({ prompt: 'Hi' }).hash;
    expect(ask({ prompt: 'Hi', id: 5 }, {}, 9).hash).toEqual(same);
    expect(ask({ text: 'Hi' }, { template: '{{text}}' }).hash).toEqual(same);
    const others = [
      { model: 'n' },
      { system: 's' },
      { maxTokens: 5 },
      { temperature: 0 },
      { schema: {} },
      { template: 'Ho' },
    ];
    for (const changes of others) expect(ask({ prompt: 'Hi' }, changes).hash).not.toEqual(same);
  });
});

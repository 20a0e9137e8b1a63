import { createHash } from 'node:crypto';
import { inputInvalid } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Row } from './rows.ts';
import { parseTemplate, type Template, textOf } from './template.ts';

/** What all rows of a job have in common. */
export interface JobSettings {
  readonly model: string;
  readonly template: string | undefined;
  readonly system: string | undefined;
  readonly maxTokens: number | undefined;
  readonly temperature: number | undefined;
  readonly schema: Readonly<Record<string, unknown>> | undefined;
}

/** A row as a model is asked it. */
export interface Question extends Row {
  readonly prompt: string;
  readonly system: string | undefined;
  /** Of all that the answer depends on: the same in the next run, as long as neither row nor settings change. */
  readonly hash: Buffer;
}

const hashBytes = 16;
const shownColumns = 12;

const namesOf = (columns: Row['columns']): string => {
  const names = Object.keys(columns);
  if (names.length === 0) return 'It has no columns.';
  const more = names.length - shownColumns;
  return `It has ${names.slice(0, shownColumns).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
};

/** Turns rows into questions. Throws `CLI_INPUT_INVALID` for a row that lacks what a template names, or that asks nothing. */
export const createQuestions = (name: string, settings: JobSettings): ((row: Row) => Question) => {
  const { model, maxTokens, temperature, schema } = settings;
  const template = settings.template === undefined ? undefined : parseTemplate(settings.template);
  const systemTemplate = settings.system === undefined ? undefined : parseTemplate(settings.system);
  const parameters = JSON.stringify([model, maxTokens, temperature, schema]);

  const fill = ({ render }: Template, { row, line, columns }: Row): string =>
    render(columns, (variable) => {
      const meant = nearest(variable, Object.keys(columns));
      const hint = meant === undefined ? '' : ` Did you mean {{${meant}}}?`;
      return inputInvalid(
        name,
        line,
        `row ${row} has no column "${variable}", which the template names. ${namesOf(columns)}${hint}`,
      );
    });

  const promptOf = (row: Row): string => {
    if (template !== undefined) return fill(template, row);
    const { columns } = row;
    const names = Object.keys(columns);
    const [only] = names;
    if (Object.hasOwn(columns, 'prompt')) return textOf(columns.prompt);
    if (only !== undefined && names.length === 1) return textOf(columns[only]);
    throw inputInvalid(
      name,
      row.line,
      `row ${row.row} has no column "prompt". ${namesOf(columns)} Say with --template what to ask: --template "Translate: {{${only ?? 'text'}}}"`,
    );
  };

  return (row) => {
    const prompt = promptOf(row);
    if (prompt.trim() === '') throw inputInvalid(name, row.line, `row ${row.row} asks nothing: its prompt is empty.`);
    const system = systemTemplate === undefined ? undefined : fill(systemTemplate, row);
    const digest = createHash('sha256')
      .update(JSON.stringify([parameters, system, prompt]))
      .digest();
    return { ...row, prompt, system, hash: digest.subarray(0, hashBytes) };
  };
};

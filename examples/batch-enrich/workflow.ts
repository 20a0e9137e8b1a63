import { defineWorkflow, type StepFunction, type Workflow } from '@hotpath/batch';

interface Row {
  readonly text: string;
}

const readRows: StepFunction = async ({ files, with: { path } }) => {
  const text = await files.readText(String(path));
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Row);
};

/** Answers come in the order of the rows, whichever was there first. */
const writeRows: StepFunction = ({ files, with: { path, rows, answers } }) => {
  const enriched = (rows as readonly Row[]).map((row, at) => ({ ...row, ...(answers as readonly object[])[at] }));
  files.write(String(path), enriched.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return enriched.length;
};

/** By name: so a run can be resumed by another process. */
export const functions: Readonly<Record<string, StepFunction>> = { readRows, writeRows };

const workflow: Workflow = defineWorkflow({
  name: 'enrich',
  description: 'Asks an agent about each line of a JSONL file',
  inputs: {
    from: { type: 'string', required: true, description: 'The JSONL file to read; each row has a text' },
    to: { type: 'string', required: true, description: 'The JSONL file to write' },
  },
  // What was paid for is kept when the run is stopped.
  recovery: 'keep-successful',
  concurrency: 8,
  maxCostUsd: 5,
  steps: [
    { id: 'rows', call: 'readRows', with: { path: '${{ inputs.from }}' } },
    {
      id: 'answers',
      map: 'steps.rows.output',
      agent: 'classifier',
      task: 'What is this about, and in which mood? Answer with JSON.\n\n${{ item.text }}',
      schema: {
        type: 'object',
        required: ['topic', 'mood'],
        properties: { topic: { type: 'string' }, mood: { enum: ['good', 'bad', 'neither'] } },
      },
    },
    {
      id: 'write',
      call: 'writeRows',
      with: { path: '${{ inputs.to }}', rows: '${{ steps.rows.output }}', answers: '${{ steps.answers.output }}' },
      writes: ['${{ inputs.to }}'],
    },
  ],
});

export default workflow;

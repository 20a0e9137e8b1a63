import { fieldsInvalid } from '../errors/definition.ts';
import type { Executor } from '../execute/local.ts';
import type { JsonStep } from '../workflow/step.ts';
import { isObject, type JsonChange } from './json-change.ts';
import type { Documents } from './json-workspace.ts';

const changesOf = (step: string, document: string, { set, remove, merge }: JsonStep): readonly JsonChange[] => {
  if (set !== undefined && !isObject(set))
    throw fieldsInvalid(step, 'set', 'what it sets is no object of places and values');
  if (remove !== undefined && !(Array.isArray(remove) && remove.every((pointer) => typeof pointer === 'string')))
    throw fieldsInvalid(step, 'remove', 'what it removes is no list of places');
  if (set === undefined && remove === undefined && merge === undefined)
    throw fieldsInvalid(step, 'json', 'it says neither "set" nor "remove" nor "merge"');
  return [
    ...(remove ?? []).map((pointer): JsonChange => ({ type: 'remove', document, pointer })),
    ...Object.entries(set ?? {}).map(([pointer, value]): JsonChange => ({ type: 'set', document, pointer, value })),
    ...(merge === undefined ? [] : [{ type: 'merge', document, value: merge } as const]),
  ];
};

/** Does the work of steps of kind json: what they remove comes first, then what they set, then what they merge. */
export const jsonExecutor =
  (documents: Documents): Executor =>
  async ({ run, step, fields }) => {
    const wanted = fields as unknown as JsonStep;
    const { document, touchedBy } = await documents.open(run, String(wanted.json));
    const changes = changesOf(step, document, wanted);
    return { changes: [{ workspace: 'json', changes, touched: touchedBy(changes) }] };
  };

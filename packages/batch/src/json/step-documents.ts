import type { Changes } from '../engine/task.ts';
import { fieldsInvalid } from '../errors/definition.ts';
import { documentsUnknown, pointerMissing } from '../errors/documents.ts';
import type { StepDocument } from '../workflow/step.ts';
import { absent, isObject, type JsonChange } from './json-change.ts';
import type { Documents } from './json-workspace.ts';
import { indexIn, parsePointer } from './pointer.ts';
import { touchedIn } from './touched.ts';

const valueAt = (document: string, root: unknown, pointer: string): unknown => {
  let at = root;
  for (const segment of parsePointer(document, pointer)) {
    const index = Array.isArray(at) ? indexIn(at, segment) : undefined;
    if (Array.isArray(at) && index !== undefined && index < at.length) at = at[index];
    else if (isObject(at) && Object.hasOwn(at, segment)) at = at[segment];
    else throw pointerMissing(document, pointer, `there is no "${segment}"`);
  }
  return at;
};

interface OwnDocument {
  readonly before: unknown;
  value: unknown;
  readonly changes: JsonChange[];
}

/** Documents as one function sees and changes them; nothing of it is seen by others before it has succeeded. */
export const createStepDocuments = (
  step: string,
  run: string,
  documents: Documents | undefined,
): { readonly json: (path: string) => StepDocument; readonly changes: () => readonly Changes[] } => {
  const own = new Map<string, OwnDocument>();
  const open = async (path: string): Promise<[string, OwnDocument]> => {
    if (documents === undefined) throw documentsUnknown(step, path);
    const opened = await documents.open(run, path);
    const { document } = opened;
    const known = own.get(document);
    if (known !== undefined) return [document, known];
    const { value } = opened;
    const first: OwnDocument = { before: value, value, changes: [] };
    own.set(document, first);
    return [document, first];
  };
  return {
    json: (path) => ({
      async read<Value>(pointer = '') {
        const [document, { value }] = await open(path);
        if (value === absent) return undefined as Value;
        // What it is given is its own: the document itself stays what it is, whatever becomes of this.
        return structuredClone(valueAt(document, value, pointer)) as Value;
      },
      async edit<Value>(change: (draft: Value) => void) {
        const [document, known] = await open(path);
        if (known.value !== absent && (typeof known.value !== 'object' || known.value === null))
          throw pointerMissing(document, '', 'it is one value, and no object or list that could be edited');
        const { create } = await import('mutative');
        const [edited, patches] = create(
          known.value === absent ? {} : (known.value as object),
          (draft) => {
            const returned: unknown = change(draft as Value);
            if (!(returned instanceof Promise)) return;
            returned.catch(() => {});
            throw fieldsInvalid(
              step,
              'call',
              `what edits ${path} is asynchronous, and the draft is gone before it ends`,
            );
          },
          // Lists are cut by taking out, never by their length: that is all that JSON Patch (RFC 6902) has.
          { enablePatches: { pathAsArray: false, arrayLengthAssignment: false } },
        );
        const changes = patches.map(({ op, path: pointer, value }): JsonChange => {
          if (op === 'remove') return { type: 'remove', document, pointer };
          return { type: op === 'add' ? 'insert' : 'set', document, pointer, value };
        });
        if (known.value === absent) changes.unshift({ type: 'set', document, pointer: '', value: {} });
        known.value = edited;
        known.changes.push(...changes);
      },
    }),
    changes: () => {
      const changed = [...own.values()].filter(({ changes }) => changes.length > 0);
      if (changed.length === 0) return [];
      return [
        {
          workspace: 'json',
          changes: changed.flatMap(({ changes }) => changes),
          touched: changed.flatMap(({ before, changes }) => touchedIn(before, changes)),
        },
      ];
    },
  };
};

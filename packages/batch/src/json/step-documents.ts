import type { Changes } from '../engine/task.ts';
import { fieldsInvalid } from '../errors/definition.ts';
import { documentsUnknown, pointerMissing } from '../errors/documents.ts';
import type { StepDocument } from '../workflow/step.ts';
import { createDraft, type Draft } from './draft.ts';
import { absent, isObject, type JsonChange } from './json-change.ts';
import type { Documents, OpenDocument } from './json-workspace.ts';
import { plainChange } from './plain-change.ts';
import { indexIn, parsePointer } from './pointer.ts';

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
  readonly changes: JsonChange[];
  readonly touched: Set<string>;
  /** The document with these changes, made where it is asked for again after the first of them. */
  draft: Draft | undefined;
}

/** Documents as one function sees and changes them; nothing of it is seen by others before it has succeeded. */
export const createStepDocuments = (
  step: string,
  run: string,
  documents: Documents | undefined,
): { readonly json: (path: string) => StepDocument; readonly changes: () => readonly Changes[] } => {
  const own = new Map<string, OwnDocument>();
  /** The value is only to be looked at, before anything else happens. */
  const open = async (path: string): Promise<{ opened: OpenDocument; known: OwnDocument; value: unknown }> => {
    if (documents === undefined) throw documentsUnknown(step, path);
    const opened = await documents.open(run, path);
    const known = own.get(opened.document) ?? { changes: [], touched: new Set(), draft: undefined };
    own.set(opened.document, known);
    if (known.changes.length > 0 && known.draft === undefined) {
      known.draft = createDraft(opened.value);
      for (const change of known.changes) known.draft.change(change);
    }
    return { opened, known, value: known.draft === undefined ? opened.peek : known.draft.settled };
  };
  return {
    json: (path) => ({
      async read<Value>(pointer = '') {
        const { opened, value } = await open(path);
        if (value === absent) return undefined as Value;
        // What it is given is its own: the document itself stays what it is, whatever becomes of this.
        return structuredClone(valueAt(opened.document, value, pointer)) as Value;
      },
      async edit<Value>(change: (draft: Value) => void) {
        const { create } = await import('mutative');
        const { opened, known, value } = await open(path);
        const { document } = opened;
        if (value !== absent && (typeof value !== 'object' || value === null))
          throw pointerMissing(document, '', 'it is one value, and no object or list that could be edited');
        const [, patches] = create(
          value === absent ? {} : (value as object),
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
        // What it has given, or taken from elsewhere in the document, may change before this is carried out.
        const changes = patches.map(({ op, path: pointer, value: wanted }): JsonChange => {
          if (op === 'remove') return { type: 'remove', document, pointer };
          return plainChange({ type: op === 'add' ? 'insert' : 'set', document, pointer, value: wanted });
        });
        if (value === absent) changes.unshift({ type: 'set', document, pointer: '', value: {} });
        for (const place of opened.touchedBy(changes)) known.touched.add(place);
        for (const each of changes) known.draft?.change(each);
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
          touched: changed.flatMap(({ touched }) => [...touched]),
        },
      ];
    },
  };
};

import { type Conflict, changedDocuments, type EffectRecord, type Workspace } from '@hotpath/batch';

/** One path or document that a run has changed, and would take back. */
export interface ChangedPath {
  readonly path: string;
  /** `made`: it goes. `changed`, `removed`: what was before comes back. */
  readonly change: 'made' | 'changed' | 'removed';
  /** Names of the steps. */
  readonly steps: readonly string[];
}

export interface RunChanges {
  /** By name. */
  readonly paths: readonly ChangedPath[];
  /** Command lines that take back what steps did elsewhere, in the order in which they would run. */
  readonly compensations: readonly { readonly step: string; readonly line: string }[];
}

export interface UndoPreview extends RunChanges {
  /** What was changed since: the run cannot be undone while there is any. */
  readonly conflicts: readonly Conflict[];
}

interface FileEntry {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const inOrder = (effects: readonly EffectRecord[]): readonly EffectRecord[] =>
  [...effects].sort((a, b) => a.sequence - b.sequence);

/** What changes come to, path by path, whether they stand or were taken back. */
export const changesOf = (effects: readonly EffectRecord[]): RunChanges => {
  const paths = new Map<string, { wasThere: boolean; isThere: boolean; steps: Set<string> }>();
  const compensations: { step: string; line: string }[] = [];
  // Documents that are in files reach them through the workspace of files, for all steps at once, and in the name of none.
  const editors = new Map<string, Set<string>>();
  for (const { workspace, intent, step } of inOrder(effects)) {
    if (workspace === 'compensations') {
      const promised = JSON.parse(intent) as Pick<UndoPreview, 'compensations'>;
      compensations.unshift(...promised.compensations.map(({ line }) => ({ step, line })).reverse());
    }
    if (workspace === 'json')
      for (const document of changedDocuments(intent))
        editors.set(document, (editors.get(document) ?? new Set()).add(step));
    if (workspace !== 'files') continue;
    for (const { path, before, after } of (JSON.parse(intent) as { readonly entries: readonly FileEntry[] }).entries) {
      const known = paths.get(path) ?? { wasThere: before !== undefined, isThere: false, steps: new Set() };
      known.isThere = after !== undefined;
      for (const each of step === '' ? (editors.get(path) ?? []) : [step]) known.steps.add(each);
      paths.set(path, known);
    }
  }
  return {
    paths: [...paths]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, { wasThere, isThere, steps }]): ChangedPath[] =>
        wasThere || isThere
          ? [{ path, change: !wasThere ? 'made' : isThere ? 'changed' : 'removed', steps: [...steps] }]
          : [],
      ),
    compensations,
  };
};

/** What the changes of a run come to, and what undoing them would meet. Nothing is changed. */
export const previewUndo = async (
  effects: readonly EffectRecord[],
  workspaces: readonly Workspace[],
): Promise<UndoPreview> => {
  const standing = inOrder(effects.filter(({ isUndone }) => !isUndone));
  const conflicts = await Promise.all(
    workspaces.map((each) =>
      each.check(standing.filter(({ workspace }) => workspace === each.name).map(({ intent }) => intent)),
    ),
  );
  return { ...changesOf(standing), conflicts: conflicts.flat() };
};

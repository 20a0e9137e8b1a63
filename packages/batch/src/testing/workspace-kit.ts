import { beforeEach, describe, expect, it } from 'vitest';
import type { Workspace } from '../workspace/workspace.ts';

/** A workspace under test, and the state it changes as somebody else sees it. Places are `a`, `b` and `c`, at first empty. */
export interface WorkspaceSubject<Change> {
  readonly workspace: Workspace<Change>;
  /** A workspace for the same state, as another process has it. */
  reopen(): Workspace<Change>;
  /** What gives a place this value; nothing takes away what is there. */
  change(place: string, value: string | undefined): Change;
  read(place: string): string | undefined | Promise<string | undefined>;
  /** Changes a place as somebody else does. */
  put(place: string, value: string | undefined): void | Promise<void>;
}

const places = ['a', 'b', 'c'];

/** Declares the tests that every `Workspace` must pass, in a vitest file. `create` is called for each test. */
export const testWorkspace = <Change>(
  name: string,
  create: () => WorkspaceSubject<Change> | Promise<WorkspaceSubject<Change>>,
): void => {
  describe(`${name} keeps the contract of Workspace`, () => {
    let subject: WorkspaceSubject<Change>;
    let prepared = 0;

    const values = async (): Promise<(string | undefined)[]> => Promise.all(places.map((place) => subject.read(place)));
    const prepare = (changes: Readonly<Record<string, string | undefined>>, run = 'run'): Promise<string> => {
      prepared += 1;
      const wanted = Object.entries(changes).map(([place, value]) => subject.change(place, value));
      return subject.workspace.prepare(wanted, { run, name: `step-${prepared}` });
    };
    const carryOut = async (changes: Readonly<Record<string, string | undefined>>): Promise<string> => {
      const intent = await prepare(changes);
      await subject.workspace.apply(intent);
      return intent;
    };

    beforeEach(async () => {
      prepared = 0;
      subject = await create();
      await subject.put('a', 'old a');
      await subject.put('b', 'old b');
    });

    it('changes nothing while it prepares, and returns JSON', async () => {
      const intent = await prepare({ a: 'new', b: undefined, c: 'new' });
      expect(JSON.parse(intent)).toBeDefined();
      expect(await values()).toEqual(['old a', 'old b', undefined]);
    });

    it('applies all of it, also when that is repeated', async () => {
      const intent = await carryOut({ a: 'new a', b: undefined, c: 'new c' });
      expect(await values()).toEqual(['new a', undefined, 'new c']);
      await subject.reopen().apply(intent);
      expect(await values()).toEqual(['new a', undefined, 'new c']);
    });

    it('takes it back, in another process too, also when that is repeated', async () => {
      const intent = await carryOut({ a: 'new a', b: undefined, c: 'new c' });
      expect(await subject.reopen().undo(intent)).toEqual([]);
      expect(await values()).toEqual(['old a', 'old b', undefined]);
      expect(await subject.workspace.undo(intent)).toEqual([]);
      expect(await values()).toEqual(['old a', 'old b', undefined]);
    });

    it('takes back nothing of what was not applied', async () => {
      const intent = await prepare({ a: 'new a', b: undefined, c: 'new c' });
      expect(await subject.reopen().undo(intent)).toEqual([]);
      expect(await values()).toEqual(['old a', 'old b', undefined]);
    });

    it('leaves what somebody else changed before it was applied', async () => {
      const intent = await prepare({ a: 'new a', c: 'new c' });
      await subject.put('a', 'mine');
      await subject.workspace.undo(intent);
      expect(await values()).toEqual(['mine', 'old b', undefined]);
    });

    it('takes back one after the other, the last first', async () => {
      const intents = [
        await carryOut({ a: '1', c: '1' }),
        await carryOut({ a: '2', b: undefined }),
        await carryOut({ a: undefined, b: '3', c: '3' }),
      ];
      expect(await values()).toEqual([undefined, '3', '3']);
      expect(await subject.workspace.check(intents)).toEqual([]);
      const seen: (string | undefined)[][] = [];
      for (const intent of intents.toReversed()) {
        expect(await subject.workspace.undo(intent)).toEqual([]);
        seen.push(await values());
      }
      expect(seen).toEqual([
        ['2', undefined, '1'],
        ['1', 'old b', '1'],
        ['old a', 'old b', undefined],
      ]);
    });

    it('leaves and reports what somebody else changed since, and takes back the rest', async () => {
      const intent = await carryOut({ a: 'new a', b: 'new b', c: 'new c' });
      await subject.put('b', 'mine');
      await subject.put('c', 'mine');
      const found = await subject.workspace.check([intent]);
      expect(found).toHaveLength(2);
      expect(await values()).toEqual(['new a', 'mine', 'mine']);
      const conflicts = await subject.workspace.undo(intent);
      expect(conflicts.map(({ path }) => path).toSorted()).toEqual(found.map(({ path }) => path).toSorted());
      for (const { reason } of conflicts) expect(reason).toMatch(/[^.]$/);
      expect(await values()).toEqual(['old a', 'mine', 'mine']);
    });

    it('reports what somebody put where something was taken away', async () => {
      const intent = await carryOut({ a: undefined });
      await subject.put('a', 'mine');
      expect(await subject.workspace.check([intent])).toHaveLength(1);
      expect(await subject.workspace.undo(intent)).toHaveLength(1);
      expect(await values()).toEqual(['mine', 'old b', undefined]);
    });

    it('looks at the last change of a place alone', async () => {
      const intents = [await carryOut({ a: '1' }), await carryOut({ a: '2' })];
      expect(await subject.workspace.check(intents)).toEqual([]);
      await subject.put('a', '1');
      expect(await subject.workspace.check(intents)).toHaveLength(1);
    });

    it('leaves the state as it is when it makes sure, checks and forgets, however often', async () => {
      const intent = await carryOut({ a: 'new a', b: undefined, c: 'new c' });
      for (let times = 0; times < 2; times += 1) {
        await subject.workspace.sync([intent]);
        await subject.workspace.check([intent]);
        await subject.workspace.forget('run');
        expect(await values()).toEqual(['new a', undefined, 'new c']);
      }
    });

    it('forgets one run and not the others', async () => {
      const other = await prepare({ a: 'new a' }, 'other');
      await subject.workspace.apply(other);
      await carryOut({ b: 'new b' });
      await subject.workspace.forget('run');
      expect(await subject.workspace.undo(other)).toEqual([]);
      expect(await values()).toEqual(['old a', 'new b', undefined]);
    });

    it('takes back what is prepared at one time, each on its own', async () => {
      const intents = await Promise.all([prepare({ a: 'new a' }), prepare({ b: 'new b' }), prepare({ c: 'new c' })]);
      await Promise.all(intents.map((intent) => subject.workspace.apply(intent)));
      expect(await values()).toEqual(['new a', 'new b', 'new c']);
      await subject.workspace.undo(intents[1] as string);
      expect(await values()).toEqual(['new a', 'old b', 'new c']);
    });
  });
};

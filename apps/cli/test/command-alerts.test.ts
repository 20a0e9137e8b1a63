import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { eventFile } from './analytics-machine.ts';
import { freshMachine, type Machine } from './built.ts';

/** A machine whose model is simulated, with rules of its own. */
const machineWith = (alerts: unknown): Machine => {
  const machine = freshMachine();
  machine.write(
    'hotpath.config.json',
    JSON.stringify({ providers: { sim: {} }, detect: { ollama: false }, defaultModel: 'sim/sim-1', alerts }),
  );
  return machine;
};

/** What has fired that begins with this: on a machine that is busy, other rules may have. */
const fired = (machine: Machine, title: string): readonly string[] => {
  const database = new DatabaseSync(eventFile(machine), { readOnly: true });
  try {
    const rows = database.prepare('SELECT message FROM "alert" ORDER BY id').all();
    return rows.map(({ message }) => String(message)).filter((message) => message.startsWith(title));
  } finally {
    database.close();
  }
};

const tiny = { rules: { memory: { threshold: '1MB' }, 'command-start': false } };

describe('a command', () => {
  it('tells of a rule that the configuration names, once a day, and records it', async () => {
    const machine = machineWith(tiny);
    const first = await machine.run(['ask', 'one']);
    expect(first.stderr).toMatch(/alert memory: Memory: \d+ MB in this command, above 1 MB\. It is told once a day/);
    expect(first.code).toBe(0);
    const second = await machine.run(['ask', 'two']);
    expect(second.stderr).not.toContain('alert memory');
    expect(fired(machine, 'Memory')).toHaveLength(1);
  });

  it.each([['--quiet'], ['--json']])('is silent with %s, and records it', async (flag) => {
    const machine = machineWith(tiny);
    const { stderr } = await machine.run(['ask', 'one', flag]);
    expect(stderr).not.toContain('alert memory');
    expect(fired(machine, 'Memory')).toHaveLength(1);
  });

  it('is not watched where alerts are switched off', async () => {
    const machine = machineWith({ ...tiny, enabled: false });
    expect((await machine.run(['ask', 'one'])).stderr).not.toContain('alert memory');
    expect(fired(machine, '')).toEqual([]);
  });

  it('records a default rule that can wait, and bothers nobody with it', async () => {
    const machine = machineWith({});
    // Node itself takes longer to begin than this rule allows.
    const slow = ['--import', 'data:text/javascript,const end=performance.now()+150;while(performance.now()<end);'];
    const { stderr } = await machine.run(['ask', 'one'], { nodeArgs: slow });
    expect(stderr).not.toContain('alert memory');
    expect(fired(machine, 'Start')).toEqual([
      expect.stringMatching(/^Start of commands: [\d.]+ m?s in this command, above 100 ms$/),
    ]);
  });
});

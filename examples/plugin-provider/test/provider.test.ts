import { testProvider } from '@hotpath/ai-router/testing';
import { textProvider } from '@hotpath/runtime';
import { describe, expect, it } from 'vitest';
import { askProgram, questionOf } from '../src/ask-program.ts';
import plugin from '../src/index.ts';

const node = (code: string): readonly string[] => [process.execPath, '-e', code];
const echo = node('process.stdin.pipe(process.stdout)');
const { providers } = plugin.activate();

testProvider('program', {
  create: () => providers.program({ id: 'local', settings: { models: { echo } }, textProvider }),
  model: 'echo',
});

const request = (text: string, signal = new AbortController().signal) => ({
  ...{ model: 'm', stream: true, system: '', headers: {}, signal },
  messages: [{ role: 'user', text }] as const,
});

describe('a program', () => {
  it('reads the question as it is, and a conversation with the names of who speaks', () => {
    expect(questionOf(request('Why?'))).toBe('Why?');
    const turns = [{ role: 'user', text: 'Why?' } as const, { role: 'assistant', text: 'Because.' } as const];
    expect(questionOf({ system: 'Be brief.', messages: turns })).toBe('Be brief.\n\nUser: Why?\n\nAssistant: Because.');
  });

  it('that cannot be run, or fails, is a refusal that says why', async () => {
    const all = async (command: readonly string[]) => {
      for await (const _ of askProgram(command, request('Why?')));
    };
    await expect(all(['no-such-program'])).rejects.toMatchObject({ status: 503, message: /no-such-program.*ENOENT/ });
    await expect(all(node('console.error("out of memory"); process.exit(3)'))).rejects.toMatchObject({
      status: 502,
      message: expect.stringMatching(/ended with 3: out of memory/),
    });
  });

  it('is ended when nobody waits for it any more', async () => {
    const aborting = new AbortController();
    const pieces = askProgram(
      node('console.log(process.pid); setInterval(() => {}, 1000)'),
      request('', aborting.signal),
    );
    const { value } = await pieces.next();
    const pid = Number(value);
    expect(process.kill(pid, 0)).toBe(true);
    aborting.abort();
    await expect(pieces.next()).rejects.toThrow();
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

it('says what to write where settings name no program', () => {
  for (const settings of [{}, { models: { echo: 'cat' } }, { models: { echo: [] } }]) {
    expect(() => providers.program({ id: 'local', settings, textProvider })).toThrow(/settings\.models/);
  }
});

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, heard, type Machine, outcomeOf } from './built.ts';
import { type Reply, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

let machine: Machine;
let upstream: ScriptedUpstream;
let reply: (text: string, count: number) => Reply;

beforeEach(async () => {
  machine = freshMachine();
  reply = (text) => `re: ${text}`;
  upstream = await scriptedUpstream(({ body }, count) => reply(body.messages.at(-1).content, count));
});
afterEach(() => upstream.close());

const path = () => join(machine.folder, 'home', 'state', 'conversations.sqlite');
const ask = (...args: string[]) =>
  machine.run(['ask', '-m', 'openai/m', ...args], { environment: upstream.environment });
const json = async (...args: string[]) => JSON.parse((await machine.run([...args, '--json'])).stdout);
const shown = (...id: string[]) => json('conversations', 'show', ...id);
const listed = async (...args: string[]): Promise<readonly { id: string; title: string; turns: number }[]> =>
  (await json('conversations', 'list', ...args)).conversations;
const rows = (sql: string) => {
  const connection = new DatabaseSync(path());
  try {
    return connection.prepare(sql).all();
  } finally {
    connection.close();
  }
};

describe('what hotpath ask keeps', () => {
  it('is each question and its answer, for this user alone', async () => {
    await ask('One?');
    await ask('Two?', '--title', 'Second', '-s', 'Be brief.');
    expect((await listed()).map(({ title, turns }) => [title, turns])).toEqual([
      ['Second', 1],
      ['One?', 1],
    ]);
    expect(await shown()).toMatchObject({
      title: 'Second',
      model: 'openai/m',
      system: 'Be brief.',
      turns: [
        { question: 'Two?', answer: 're: Two?', state: 'whole', provider: 'openai', inputTokens: 10, outputTokens: 5 },
      ],
    });
    if (process.platform === 'win32') return;
    for (const name of readdirSync(join(path(), '..'))) {
      expect([name, statSync(join(path(), '..', name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(statSync(join(path(), '..')).mode & 0o777).toBe(0o700);
  });

  it('goes on with -c, and with --conversation, by model and system prompt of before', async () => {
    await ask('One?', '-s', 'Be brief.');
    const [first] = await listed();
    await ask('Other');
    const { environment } = upstream;
    const go = (...args: string[]) => machine.run(['ask', ...args], { environment });
    expect(await go('--conversation', first?.id.slice(0, 5) ?? '', 'Two?')).toMatchObject({
      code: 0,
      stdout: 're: Two?\n',
    });
    expect(upstream.asked.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 're: One?' },
      { role: 'user', content: 'Two?' },
    ]);
    await go('-c', 'Three?');
    expect(upstream.asked.at(-1)?.body.messages).toHaveLength(6);
    expect((await listed()).map(({ turns }) => turns)).toEqual([3, 1]);
    expect(await go('--conversation', 'none', 'x')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no conversation "none".*hotpath conversations list/),
    });
    expect(await go('-c', '--conversation', 'x', 'x')).toMatchObject({ code: 2 });
  });

  it('begins one where there is none to go on with, and says so', async () => {
    const { code, stderr } = await ask('-c', 'One?');
    expect([code, stderr]).toEqual([0, 'There is no conversation to go on with: this one is new.\n']);
    expect(await listed()).toHaveLength(1);
  });

  it('is nothing with --no-log, or switched off, though one can be gone on with', async () => {
    await ask('One?', '--no-log');
    expect(readdirSync(join(machine.folder, 'home', 'state'))).toEqual(['events.sqlite', 'shape.key']);
    machine.write('hotpath.config.json', '{"conversations":{"enabled":false}}');
    await ask('Two?');
    expect(await listed()).toEqual([]);
    machine.write('hotpath.config.json', '{}');
    await ask('Three?');
    await ask('-c', '--no-log', 'Four?');
    expect(upstream.asked.at(-1)?.body.messages).toHaveLength(3);
    expect(await listed()).toMatchObject([{ turns: 1 }]);
  });

  it('is removed after the time that the configuration gives it', async () => {
    await ask('One?');
    machine.write('hotpath.config.json', '{"conversations":{"keepMs":"1ms"}}');
    await ask('Two?');
    expect((await listed()).map(({ title }) => title)).toEqual(['Two?']);
  });

  it('marks an answer that failed, was cut or never came', async () => {
    reply = (text, count) =>
      text === 'cut'
        ? { begins: 'Half an ans', end: 'cut' }
        : text === 'bad'
          ? { status: 400, message: 'no such thing' }
          : `fine ${count}`;
    await ask('cut', '--title', 'States');
    await ask('-c', 'bad');
    await ask('-c', 'good');
    expect(upstream.asked.at(-1)?.body.messages.map(({ content }: { content: string }) => content)).toEqual([
      'cut',
      'Half an ans',
      'good',
    ]);
    const { turns } = await shown();
    expect(turns).toMatchObject([
      { question: 'cut', answer: 'Half an ans', state: 'cut', error: expect.any(String) },
      { question: 'bad', answer: '', state: 'failed', error: expect.stringContaining('no such thing') },
      { question: 'good', state: 'whole' },
    ]);
    const { stdout } = await machine.run(['conversations', 'show']);
    expect(stdout).toMatch(/^# States\n/);
    expect(stdout).toMatch(/> cut\n\n## Answer\n\nHalf an ans\n\n\*The answer was cut here\. /);
    expect(stdout).toMatch(/> bad\n\n## Answer\n\n\*The answer failed\. openai answered 400: no such thing/);
  });

  it('is written before the answer comes: a killed process leaves its question', async () => {
    reply = () => ({ begins: 'Beg', end: 'open' });
    const child = machine.start(['ask', '-m', 'openai/m', 'Killed?'], { environment: upstream.environment });
    child.stdin.end();
    await heard(child.stdout, /Beg/);
    const { turns } = await shown();
    expect(turns).toMatchObject([{ question: 'Killed?', state: 'asked', answer: '' }]);
    child.kill('SIGKILL');
    expect((await machine.run(['conversations', 'show'])).stdout).toContain('*No answer was kept');
  });

  it('stays whole when two ask at once in one conversation', async () => {
    await ask('Zero?');
    const questions = ['A?', 'B?', 'C?', 'D?'];
    const outcomes = await Promise.all(questions.map((question) => ask('-c', question)));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const { turns } = await shown();
    expect(turns.map(({ question }: { question: string }) => question).sort()).toEqual([...questions, 'Zero?']);
    for (const { question, answer, state } of turns) expect([answer, state]).toEqual([`re: ${question}`, 'whole']);
    expect(rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  });

  it('begins well when several make the file at once', async () => {
    const outcomes = await Promise.all(['A?', 'B?', 'C?'].map((question) => ask(question)));
    expect(outcomes.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
      [0, ''],
    ]);
    expect(await listed()).toHaveLength(3);
  });
});

describe('a damaged file of conversations', () => {
  const aside = () => readdirSync(join(path(), '..')).filter((name) => /\.damaged-\d{14}$/.test(name));

  it.each([
    ['that is no database', () => Buffer.from('not a database, but long enough to be looked at'.repeat(100))],
    [
      'with broken pages',
      () => {
        const bytes = readFileSync(path());
        return bytes.fill(0xaa, 4096);
      },
    ],
  ])('%s is moved aside and said by the next question, and left alone by who looks', async (_, damaged) => {
    await ask('One?');
    rows('PRAGMA wal_checkpoint(TRUNCATE)');
    writeFileSync(path(), damaged());
    const looked = await machine.run(['conversations', 'list']);
    expect(looked).toMatchObject({ code: 1, stdout: '' });
    expect(aside()).toEqual([]);
    const { code, stdout, stderr } = await ask('Two?');
    expect([code, stdout]).toEqual([0, 're: Two?\n']);
    expect(stderr).toMatch(
      /^hotpath: the file of conversations was damaged and is now .*\.damaged-\d{14}; a new one was begun/,
    );
    expect(aside()).toHaveLength(1);
    expect((await listed()).map(({ title }) => title)).toEqual(['Two?']);
  });

  it('of another application, or a newer release, is left alone, and the question is asked all the same', async () => {
    await ask('One?');
    rows('PRAGMA user_version = 99');
    const { code, stdout, stderr } = await ask('Two?');
    expect([code, stdout]).toEqual([0, 're: Two?\n']);
    expect(stderr).toMatch(/this is not kept: .*layout 99 of a newer release/);
    expect(aside()).toEqual([]);
  });
});

describe('hotpath conversations', () => {
  it('lists in pages and finds by text, signs of patterns as they are', async () => {
    for (const text of ['100% sure', 'under_score', 'plain', 'Plainer']) await ask(text);
    const page = await json('conversations', 'list', '--limit', '3');
    expect(page.conversations.map(({ title }: { title: string }) => title)).toEqual([
      'Plainer',
      'plain',
      'under_score',
    ]);
    expect((await listed('--after', page.next)).map(({ title }) => title)).toEqual(['100% sure']);
    expect((await listed('--search', '%')).map(({ title }) => title)).toEqual(['100% sure']);
    expect((await listed('--search', 'r_s')).map(({ title }) => title)).toEqual(['under_score']);
    expect((await listed('--search', 're: PLAIN')).map(({ title }) => title)).toEqual(['Plainer', 'plain']);
    const { stdout, stderr } = await machine.run(['conversations', 'list', '--limit', '1']);
    expect(stdout).toMatch(/^\w{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ {2} +1 {2}Plainer\n$/);
    expect(stderr).toMatch(/There are more: hotpath conversations list --after \w{8}\n/);
  });

  it('says so where there are none', async () => {
    expect(await machine.run(['conversations', 'list'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no conversations yet.\n',
    });
    expect(await machine.run(['conversations', 'show'])).toMatchObject({ code: 1 });
  });

  it('deletes for good: not a word is left in the files', async () => {
    await ask('A secret of mine', '-a', machine.write('a.txt', 'attached secret'));
    await ask('Kept');
    const [kept, secret] = await listed();
    const remove = (...args: string[]) => machine.run(['conversations', 'delete', ...args]);
    expect(await remove(secret?.id ?? '')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--yes/) });
    expect(await remove(secret?.id ?? '', '--yes')).toMatchObject({ code: 0, stdout: 'Deleted 1 conversation.\n' });
    expect((await listed()).map(({ id }) => id)).toEqual([kept?.id]);
    expect(rows('SELECT count(*) AS n FROM contents')).toEqual([{ n: 0 }]);
    const left = readdirSync(join(path(), '..')).map((name) => readFileSync(join(path(), '..', name), 'latin1'));
    expect(left.join('')).not.toContain('secret');
    expect(await remove()).toMatchObject({ code: 2 });
    expect(await remove('--older-than', '1d', '--yes')).toMatchObject({ stdout: 'Deleted 0 conversations.\n' });
    expect(await remove('--all', '--yes')).toMatchObject({ stdout: 'Deleted 1 conversation.\n' });
  });

  it('exports lines of JSON, to a file for this user alone', async () => {
    await ask('One?');
    await ask('Two?');
    const { stdout } = await machine.run(['conversations', 'export']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ title, turns }) => [title, turns[0].answer])).toEqual([
      ['Two?', 're: Two?'],
      ['One?', 're: One?'],
    ]);
    const file = join(machine.folder, 'out.ndjson');
    const { code, stderr } = await machine.run(['conversations', 'export', lines[0].id, '-o', file]);
    expect([code, stderr]).toEqual([0, `Wrote 1 to ${file}.\n`]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(lines[0]);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
  });
});

it('Ctrl-C keeps what came, marked, and -v tells what it is billed', async () => {
  reply = () => ({ begins: 'Half of it', end: 'open' });
  const environment = { ...upstream.environment };
  const child = machine.start(['ask', '-v', '-m', 'openai/gpt-4.1-mini', 'hi'], { environment });
  child.stdin.end();
  const outcome = outcomeOf(child);
  await heard(child.stdout, /Half of it/);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await outcome;
  expect([code, stdout]).toEqual([130, 'Half of it\n']);
  expect(stderr).toMatch(/interrupted · \$0\.\d{6} · \$0\.\d{6} of it estimated · conversation \w{8}\n$/);
  expect((await shown()).turns).toMatchObject([{ state: 'cut', answer: 'Half of it', costUsd: expect.any(Number) }]);
});

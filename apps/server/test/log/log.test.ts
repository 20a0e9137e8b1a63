import { describe, expect, it } from 'vitest';
import type { LineWriter } from '../../src/log/line-writer.ts';
import { createLog, type LogOptions } from '../../src/log/log.ts';

const start = (options: LogOptions = {}) => {
  const lines: string[] = [];
  let loss: ((count: number) => string) | undefined;
  const writer: LineWriter = {
    write: (line) => void lines.push(line),
    flush: async () => {},
  };
  const log = createLog({
    ...options,
    createWriter(lossLine) {
      loss = lossLine;
      return writer;
    },
  });
  return { log, lines, lossLine: (count: number) => loss?.(count) ?? '', isOpened: () => loss !== undefined };
};

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('a log', () => {
  it('has an object on each line', async () => {
    const { log, lines } = start({ level: 'debug' });
    log.write('debug', 'a', { text: 'two\nlines and "quotes"', nothing: undefined, number: 1.5 });
    log.write('error', 'b');
    await log.flush();
    log.write('info', 'c', { list: ['x'] });
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 'debug', time: expect.stringMatching(time), text: 'two\nlines and "quotes"', number: 1.5, msg: 'a' },
      { level: 'error', time: expect.stringMatching(time), msg: 'b' },
      { level: 'info', time: expect.stringMatching(time), list: ['x'], msg: 'c' },
    ]);
  });

  it('has lines of its level and above, and opens nothing before the first', async () => {
    const { log, lines, isOpened } = start({ level: 'warn' });
    log.write('debug', 'a');
    log.write('info', 'b');
    await log.flush();
    expect([log.wants('info'), log.wants('warn'), log.wants('error')]).toEqual([false, true, true]);
    expect(isOpened()).toBe(false);
    log.write('warn', 'c');
    log.write('error', 'd');
    await log.flush();
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['c', 'd']);
  });

  it('may have none', async () => {
    const { log, isOpened } = start({ level: 'silent' });
    log.write('error', 'a');
    await log.flush();
    expect(isOpened()).toBe(false);
  });

  it('says in its own format what was lost', async () => {
    const json = start();
    json.log.write('info', 'a');
    await json.log.flush();
    expect(JSON.parse(json.lossLine(3))).toMatchObject({ level: 'warn', count: 3 });
    const pretty = start({ format: 'pretty' });
    pretty.log.write('info', 'a');
    await pretty.log.flush();
    expect(pretty.lossLine(3)).toMatch(/^[\d:.]{12} WARN {2}log lines could not be written count=3\n$/);
  });
});

describe('a pretty log', () => {
  it('has lines for people, on which nothing can pass for another line or an escape of the terminal', async () => {
    const { log, lines } = start({ format: 'pretty' });
    log.write('info', 'request', { asked: 'gpt', note: 'two words', bad: 'a\n\u001b[31mb', totalMs: 12.5, ok: true });
    await log.flush();
    expect(lines).toEqual([
      expect.stringMatching(
        /^[\d:.]{12} INFO {2}request asked=gpt note="two words" bad="a\\n\\u001b\[31mb" totalMs=12\.5 ok=true\n$/,
      ),
    ]);
  });

  it('has colours where they are wanted', async () => {
    const { log, lines } = start({ format: 'pretty', isColoured: true });
    log.write('warn', 'attempt failed', { code: 'X' });
    await log.flush();
    expect(lines[0]).toContain('\u001b[33mWARN \u001b[39m attempt failed \u001b[2mcode=\u001b[22mX\n');
  });
});

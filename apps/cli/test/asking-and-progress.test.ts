import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { confirm } from '../src/confirm.ts';
import { showProgress } from '../src/progress.ts';

const ask = async (typed: string | undefined, isTTY = true) => {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = new PassThrough();
  const { signal } = new AbortController();
  const asked = confirm({ what: 'clearing', question: 'Remove it?', command: 'cache clear', signal, input, output });
  if (typed === undefined) input.end();
  else input.write(typed);
  return { isSure: await asked, shown: String(output.read()) };
};

describe('a question', () => {
  it.each([
    ['y\n', true],
    ['YES\n', true],
    ['n\n', false],
    ['\n', false],
    ['yellow\n', false],
    [undefined, false],
  ])('answered with %j', async (typed, isSure) => {
    expect(await ask(typed)).toEqual({ isSure, shown: 'Remove it? [y/N] ' });
  });

  it('is refused where nobody can answer, and says what to add', async () => {
    await expect(ask('y\n', false)).rejects.toMatchObject({
      code: 'CLI_CONFIRMATION_MISSING',
      exitCode: 2,
      message: expect.stringContaining('hotpath cache clear --yes'),
    });
  });
});

describe('progress', () => {
  const show = (isTTY: boolean) => {
    let at = 0;
    const written: string[] = [];
    const progress = showProgress({ isTTY, write: (text) => written.push(text) }, () => at);
    return {
      written,
      progress,
      report: (text: string, time: number) => {
        at = time;
        progress.report(text);
      },
    };
  };

  it('is silent when the work is short', () => {
    const { progress, report, written } = show(true);
    report('half', 999);
    progress.end();
    expect(written).toEqual([]);
  });

  it('rewrites one line on a terminal and removes it', () => {
    const { progress, report, written } = show(true);
    for (const time of [1_000, 1_001, 1_300]) report(`${time}`, time);
    progress.end();
    expect(written).toEqual(['\r1000\u001b[K', '\r1300\u001b[K', '\r\u001b[K']);
  });

  it('is a line now and then in a file', () => {
    const { progress, report, written } = show(false);
    for (const time of [1_000, 3_000, 6_000]) report(`${time}`, time);
    progress.end();
    expect(written).toEqual(['1000\n', '6000\n']);
  });

  it('may be a line less often', () => {
    let at = 0;
    const written: string[] = [];
    const progress = showProgress({ write: (text) => written.push(text) }, () => at, 10_000);
    for (at of [1_000, 6_000, 10_999, 11_000]) progress.report(`${at}`);
    expect(written).toEqual(['1000\n', '11000\n']);
  });
});

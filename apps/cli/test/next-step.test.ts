import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { RouterError } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usageError } from '../src/errors.ts';
import { explainError, nextStepOf } from '../src/next-step.ts';
import { freshMachine, type Machine } from './built.ts';
import { type Reply, type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

const refused = (status: number, more: object = {}, message = 'p answered'): RouterError =>
  new RouterError('ROUTER_UPSTREAM_STATUS', message, { status, provider: 'p', ...more });
const system = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });

describe('the next step', () => {
  it.each([
    [refused(401), /Correct its key.*"hotpath providers test p"/],
    [refused(403), /what the key may do.*"hotpath providers test p"/],
    [refused(402), /balance.*--fallback/],
    [refused(404), /"hotpath models"/],
    [refused(429), /^Wait a moment and ask again.*--fallback/],
    [refused(429, { retryAfterMs: 1_200 }), /^Wait 2 s and ask again/],
    [refused(429, { reason: 'insufficient_quota' }), /balance and the limits in the console of p/],
    [refused(500), /Try again later.*--fallback/],
    [refused(529), /Try again later/],
    [refused(400), /--model/],
    [refused(400, { reason: 'content_filter' }), /filter of the provider.*other words/],
    [refused(400, {}, 'The response was filtered by content management policy'), /filter of the provider/],
    [new RouterError('ROUTER_ALL_FAILED', 'x', { status: 502 }), /"hotpath providers test"/],
    [system('ENOSPC'), /Make room on the disk/],
    [system('ERR_SQLITE_ERROR', { errcode: 13 }), /Make room on the disk/],
    [system('EACCES'), /hotpath doctor/],
    [system('EROFS'), /HOTPATH_HOME/],
    [system('EXDEV'), /hotpath doctor.*--debug/],
    [system('ERR_INVALID_ARG_TYPE'), /--debug/],
    [new Error('why'), /hotpath doctor.*--debug/],
    ['why', /hotpath doctor.*--debug/],
  ])('%# is told where the failure does not say it: %s', (error, step) => {
    expect(nextStepOf(error, { hasFallback: true })).toMatch(step);
    expect(nextStepOf(error)).not.toContain('--fallback');
  });

  it('is not told twice', () => {
    expect(nextStepOf(usageError('why'))).toBeUndefined();
    expect(nextStepOf(new RouterError('ROUTER_UPSTREAM_TIMEOUT', 'x', { status: 504 }))).toBeUndefined();
    expect(nextStepOf(system('CONFIG_INVALID'))).toBeUndefined();
  });

  it('is a sentence after the message', () => {
    expect(explainError(system('ENOSPC')).message).toBe('ENOSPC. Make room on the disk, and run it again.');
    expect(explainError(refused(413, {}, 'Too long.')).message).toBe('Too long. Ask with less.');
  });
});

describe('hotpath', () => {
  let machine: Machine;
  let upstream: ScriptedUpstream;
  let reply: Reply;
  beforeEach(async () => {
    machine = freshMachine();
    upstream = await scriptedUpstream(() => reply);
  });
  afterEach(() => upstream.close());

  it('says to people and machines what to do about a refusal', async () => {
    reply = { status: 401, message: 'Incorrect API key' };
    const { environment } = upstream;
    const { code, stdout, stderr } = await machine.run(['ask', '--json', '-m', 'openai/m', 'hi'], { environment });
    expect(code).toBe(1);
    const message = expect.stringMatching(/Incorrect API key\. Correct its key.*"hotpath providers test openai"/);
    expect(JSON.parse(stdout).error).toEqual({ code: 'ROUTER_UPSTREAM_STATUS', message });
    expect(stderr).toEqual(message);
  });

  it.each(['ask', 'batch'])('%s says which model was probably meant where nobody has the name', async (command) => {
    machine.write('in.txt', 'hi\n');
    const provider = { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' };
    machine.write(
      'hotpath.config.json',
      JSON.stringify({ providers: { one: provider, two: provider }, detect: { environment: false, ollama: false } }),
    );
    const args =
      command === 'ask' ? ['ask', '-m', 'gpt-4o-mni', 'hi'] : ['batch', '-m', 'gpt-4o-mni', '--yes', 'in.txt'];
    const { code, stderr } = await machine.run(args);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/No provider is known to have.* Did you mean "gpt-4o-mini"\?/),
    ]);
    // What is a model's name is none that was mistyped.
    expect((await machine.run(['ask', '-m', 'gpt-4o-mini', 'hi'])).stderr).not.toContain('Did you mean');
  });

  it('names no model that nobody here has', async () => {
    const asked = async (providers: object, model: string): Promise<string | undefined> => {
      machine.write(
        'hotpath.config.json',
        JSON.stringify({ providers, detect: { environment: false, ollama: false } }),
      );
      const { code, stderr } = await machine.run(['ask', '-m', model, 'hi']);
      expect([code, stderr]).toEqual([1, expect.stringMatching(/No provider (?:is known to have|has) the model/)]);
      return /Did you mean "(.+)"/.exec(stderr)?.[1];
    };
    const compatible = { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:1/v1' };
    expect(await asked({ one: compatible, two: compatible }, 'sim-2')).toBeUndefined();
    const anthropic = { type: 'anthropic', apiKey: 'sk-ant', baseUrl: 'http://127.0.0.1:1' };
    expect(await asked({ one: anthropic, two: anthropic }, 'grok-4.7x')).toBeUndefined();
    expect(await asked({ one: anthropic, two: anthropic }, 'claud-opus-5')).toBe('claude-opus-5');
    mkdirSync(join(machine.folder, 'home', 'cache'), { recursive: true });
    machine.write('home/cache/models.txt', 'one/lama\nthree/llama\n');
    expect(await asked({ one: compatible, two: compatible }, 'llamma')).toBe('one/lama');
  });
});

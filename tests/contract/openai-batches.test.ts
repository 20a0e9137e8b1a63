import OpenAI from 'openai';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type BatchGateway,
  jsonl,
  parseLines,
  sqliteMissing,
  startBatchGateway,
  until,
} from './support/batch-gateway.ts';

let gateway: BatchGateway;
let client: OpenAI;

beforeAll(async () => {
  gateway = await startBatchGateway();
  client = gateway.openai;
});
afterEach(() => gateway.upstream.reset());
afterAll(() => gateway.close());

const ended = ['completed', 'failed', 'expired', 'cancelled'];
const line = (id: string, body: object = {}, url = '/v1/chat/completions') => ({
  custom_id: id,
  method: 'POST',
  url,
  body: { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: id }], ...body },
});
const upload = async (lines: readonly unknown[]) => client.files.create({ file: await jsonl(lines), purpose: 'batch' });
const create = (id: string, options: Partial<OpenAI.BatchCreateParams> = {}) =>
  client.batches.create({ input_file_id: id, endpoint: '/v1/chat/completions', completion_window: '24h', ...options });
const finish = (id: string) =>
  until(
    () => client.batches.retrieve(id),
    ({ status }) => ended.includes(status),
  );
const read = async (id: string | null | undefined) => parseLines(await (await client.files.content(String(id))).text());

describe.skipIf(sqliteMissing)('the openai SDK', () => {
  it('uploads a file, has it answered, and reads the answers in the order of its lines', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `line ${at}`);
    const file = await upload(ids.map((id) => line(id)));
    expect(file).toMatchObject({ object: 'file', purpose: 'batch', filename: 'in.jsonl', status: 'processed' });
    const made = await create(file.id, { metadata: { job: 'nightly' } });
    expect(made).toMatchObject({
      object: 'batch',
      status: 'validating',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
      input_file_id: file.id,
      metadata: { job: 'nightly' },
    });
    expect(made.expires_at).toBe(made.created_at + 86_400);
    const batch = await finish(made.id);
    expect(batch).toMatchObject({
      status: 'completed',
      request_counts: { total: 40, completed: 40, failed: 0 },
      error_file_id: null,
      errors: null,
    });
    const results = await read(batch.output_file_id);
    expect(results.map(({ custom_id }) => custom_id)).toEqual(ids);
    expect(results[3]).toMatchObject({
      id: expect.stringMatching(/^batch_req_/),
      error: null,
      response: { status_code: 200, request_id: expect.any(String), body: { object: 'chat.completion' } },
    });
    const tokens = results.reduce((sum, { response }) => sum + response.body.usage.total_tokens, 0);
    expect(batch.usage?.total_tokens).toBe(tokens);
    expect((await client.files.retrieve(String(batch.output_file_id))).purpose).toBe('batch_output');
  });

  it('has Responses answered by a model of another protocol', async () => {
    const body = { model: 'anthropic/claude-haiku-4-5', messages: undefined, input: 'hello' };
    const file = await upload([line('a', body, '/v1/responses')]);
    const batch = await finish((await create(file.id, { endpoint: '/v1/responses' })).id);
    const [result] = await read(batch.output_file_id);
    expect(result.response.body).toMatchObject({ object: 'response', status: 'completed' });
  });

  it('has embeddings made', async () => {
    const body = { model: 'sim/sim-1', messages: undefined, input: ['one', 'two'] };
    const file = await upload([line('a', body, '/v1/embeddings')]);
    const batch = await finish((await create(file.id, { endpoint: '/v1/embeddings' })).id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { completed: 1 } });
    const [result] = await read(batch.output_file_id);
    expect(result.response.body).toMatchObject({ object: 'list', data: [{ index: 0 }, { index: 1 }] });
    expect(batch.usage?.input_tokens).toBe(result.response.body.usage.prompt_tokens);
  });

  it('finds errors of single lines in the error file', async () => {
    const lines = [line('good'), line('nobody', { model: 'nobody/has-it' }), line('streamed', { stream: true })];
    const batch = await finish((await create((await upload(lines)).id)).id);
    expect(batch).toMatchObject({ status: 'completed', request_counts: { total: 3, completed: 1, failed: 2 } });
    expect((await read(batch.output_file_id)).map(({ custom_id }) => custom_id)).toEqual(['good']);
    const errors = await read(batch.error_file_id);
    expect(errors.map(({ custom_id, response }) => [custom_id, response.status_code])).toEqual([
      ['nobody', 404],
      ['streamed', 400],
    ]);
    expect(errors[0].response.body.error).toMatchObject({ code: 'ROUTER_MODEL_UNKNOWN', param: 'model' });
    expect(errors[1].response.body.error).toMatchObject({ code: 'SERVER_BATCH_STREAM', param: 'stream' });
  });

  it('is told every line of a malformed file, and asks nobody', async () => {
    const lines = [
      line('a'),
      '{"custom_id": "b",',
      '[1]',
      line('a'),
      { ...line('c'), method: 'GET' },
      line('d', {}, '/v1/responses'),
      '',
      { custom_id: 'e', method: 'POST', url: '/v1/chat/completions' },
      { ...line('f'), custom_id: 7 },
    ];
    const batch = await finish((await create((await upload(lines)).id)).id);
    expect(batch).toMatchObject({ status: 'failed', output_file_id: null, errors: { object: 'list' } });
    expect(batch.failed_at).toEqual(expect.any(Number));
    expect(batch.errors?.data?.map(({ line: number, code, param }) => [number, code, param])).toEqual([
      [2, 'invalid_json_line', null],
      [3, 'invalid_json_line', null],
      [4, 'duplicate_custom_id', 'custom_id'],
      [5, 'invalid_method', 'method'],
      [6, 'url_mismatch', 'url'],
      [8, 'missing_required_parameter', 'body'],
      [9, 'invalid_custom_id', 'custom_id'],
    ]);
    expect(gateway.upstream.requests).toEqual([]);
    const empty = await finish((await create((await upload(['', ' '])).id)).id);
    expect(empty.errors?.data).toMatchObject([{ code: 'empty_file', line: null }]);
  });

  it('cancels midway: what is being answered is, the rest is not', async () => {
    gateway.upstream.set({ firstTokenMs: 50 });
    const file = await upload(Array.from({ length: 100 }, (_, at) => line(`${at}`)));
    const made = await create(file.id);
    await gateway.upstream.waitFor(({ requests }) => requests.length > 8);
    const cancelled = await client.batches.cancel(made.id);
    expect(cancelled.status).toBe('cancelling');
    const batch = await finish(made.id);
    expect(batch.status).toBe('cancelled');
    const [output, errors] = [await read(batch.output_file_id), await read(batch.error_file_id)];
    expect(output.length).toBe(gateway.upstream.requests.length);
    expect(output.length + errors.length).toBe(100);
    expect(new Set([...output, ...errors].map(({ custom_id }) => custom_id)).size).toBe(100);
    expect(errors.at(-1)).toMatchObject({ custom_id: '99', response: null, error: { code: 'batch_cancelled' } });
    await expect(client.batches.cancel(made.id)).rejects.toMatchObject({ status: 400, code: 'SERVER_BATCH_ENDED' });
  });

  it('pages through batches and files', async () => {
    const other = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: 'pages', maxRetries: 0 });
    const file = await other.files.create({ file: await jsonl([line('one')]), purpose: 'batch' });
    const made: string[] = [];
    for (let at = 0; at < 5; at++) {
      const batch = { input_file_id: file.id, endpoint: '/v1/chat/completions', completion_window: '24h' } as const;
      made.unshift((await other.batches.create(batch)).id);
    }
    const listed: string[] = [];
    for await (const { id } of other.batches.list({ limit: 2 })) listed.push(id);
    expect(listed).toEqual(made);
    await expect(other.batches.list({ after: 'batch_nobody' })).rejects.toMatchObject({ status: 400, param: 'after' });
    const second = await other.files.create({ file: await jsonl([line('two')]), purpose: 'batch' });
    const files: string[] = [];
    for await (const { id } of other.files.list({ limit: 1, order: 'asc', purpose: 'batch' })) files.push(id);
    expect(files).toEqual([file.id, second.id]);
    // Nobody else's are seen, whatever id is named.
    await expect(client.files.retrieve(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.files.content(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.batches.retrieve(made[0] ?? '')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(client.batches.cancel(made[0] ?? '')).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(create(file.id)).rejects.toMatchObject({ status: 400, param: 'input_file_id' });
    await expect(client.files.delete(file.id)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
  });

  it('deletes a file, of which a batch that was made has its own', async () => {
    const file = await upload([line('kept'), line('kept too')]);
    const made = await create(file.id);
    expect(await client.files.delete(file.id)).toEqual({ id: file.id, object: 'file', deleted: true });
    expect(await finish(made.id)).toMatchObject({ status: 'completed', request_counts: { completed: 2 } });
    await expect(client.files.retrieve(file.id)).rejects.toMatchObject({ status: 404 });
  });

  it('is refused what batches cannot be', async () => {
    const refused = { status: 400, code: 'SERVER_BATCH_INVALID' };
    const file = await jsonl([line('a')]);
    await expect(client.files.create({ file, purpose: 'fine-tune' })).rejects.toMatchObject({
      ...refused,
      param: 'purpose',
      message: expect.stringContaining('"fine-tune"'),
    });
    const short = { anchor: 'created_at', seconds: 60 } as const;
    await expect(client.files.create({ file, purpose: 'batch', expires_after: short })).rejects.toMatchObject(refused);
    const { id } = await client.files.create({ file, purpose: 'batch', expires_after: { ...short, seconds: 3600 } });
    const kept = await client.files.retrieve(id);
    expect(Number(kept.expires_at) - kept.created_at).toBe(3600);
    await expect(create(id, { endpoint: '/v1/moderations' })).rejects.toMatchObject({ ...refused, param: 'endpoint' });
    await expect(create(id, { completion_window: '1h' as '24h' })).rejects.toMatchObject(refused);
    await expect(create(id, { metadata: { a: 7 as never } })).rejects.toMatchObject({ ...refused, param: 'metadata' });
    await expect(create('file-nobody')).rejects.toMatchObject({ ...refused, param: 'input_file_id' });
  });
});

import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHotpath, type Hotpath, type RequestEndEvent, routerChannels } from '@hotpath/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentOf } from '../src/agent.ts';
import { type RunningServer, startServer } from '../src/start-server.ts';

describe('what asks', () => {
  it.each([
    ['claude-cli/1.0.83 (external, cli)', 'claude-cli'],
    ['OpenAI/Python 1.2.3', 'openai-python'],
    ['AsyncOpenAI/Python 1.2.3', 'openai-python'],
    ['OpenAI/JS 7.55.0', 'openai-js'],
    ['Anthropic/JS 0.60.0', 'anthropic-js'],
    ['AsyncAnthropic/Python 0.60.0', 'anthropic-python'],
    ['OpenAI::Client/Ruby 0.1', 'openai-client-ruby'],
    ['ai-sdk/openai/2.0.1 ai-sdk/provider-utils/3.0.0 runtime/node.js/22', 'ai-sdk-openai'],
    ['ai/5.0.0 ai-sdk/openai/2.0.1', 'ai'],
    ['codex_cli_rs/0.20.0 (Debian 12; x86_64)', 'codex_cli_rs'],
    ['GeminiCLI/v0.1.9', 'geminicli'],
    ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36', 'mozilla'],
    ['async-http/1', 'async-http'],
    ['curl/8.5.0', 'curl'],
    ['node', 'node'],
  ])('is read out of the user agent "%s"', (client, agent) => {
    expect(agentOf({ 'user-agent': client })).toBe(agent);
  });

  it.each(['', '1.0', '(nobody)', ' curl/8', undefined])('is not told by the user agent "%s"', (client) => {
    expect(agentOf({ 'user-agent': client })).toBeUndefined();
  });

  it('is cut where it is long', () => {
    expect(agentOf({ 'user-agent': `${'a'.repeat(500)}/1` })).toBe('a'.repeat(32));
    expect(agentOf({ 'user-agent': `${'a'.repeat(31)}/${'b'.repeat(31)}/1` })).toHaveLength(48);
  });

  it('goes by what the client calls itself, where that can be shown', () => {
    const client = 'curl/8.5.0';
    expect(agentOf({ 'x-hotpath-agent': 'Code reviewer', 'user-agent': client })).toBe('Code reviewer');
    for (const given of ['', ' ', 'a\tb', 'é', 'x'.repeat(65)])
      expect(agentOf({ 'x-hotpath-agent': given, 'user-agent': client })).toBe('curl');
  });
});

describe('a request to the gateway', () => {
  let home: string;
  let upstream: Server;
  let hotpath: Hotpath;
  let server: RunningServer;
  const sent: IncomingHttpHeaders[] = [];
  const ended: RequestEndEvent[] = [];
  const onEnd = (message: unknown): void => void ended.push(message as RequestEndEvent);

  beforeEach(async () => {
    upstream = createServer((request, response) => {
      sent.push(request.headers);
      const message = { role: 'assistant', content: 'yes' };
      const choices = [{ index: 0, message, finish_reason: 'stop' }];
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices }));
    });
    await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
    const { port } = upstream.address() as AddressInfo;
    home = await mkdtemp(join(tmpdir(), 'hotpath-agent-'));
    hotpath = await createHotpath(
      {
        providers: { up: { type: 'openai', baseUrl: `http://127.0.0.1:${port}/v1`, apiKey: 'k', models: ['m'] } },
        detect: { environment: false, ollama: false },
      },
      { environment: { HOTPATH_HOME: home } },
    );
    server = await startServer({ hotpath, port: 0 });
    routerChannels.requestEnd.subscribe(onEnd);
  });
  afterEach(async () => {
    routerChannels.requestEnd.unsubscribe(onEnd);
    await server.close({ graceMs: 0 });
    await hotpath.close();
    await new Promise((resolve) => upstream.close(resolve));
    await rm(home, { recursive: true });
    sent.length = 0;
    ended.length = 0;
  });

  const ask = async (agent?: string): Promise<string | null> => {
    const response = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'OpenAI/Python 1.2',
        ...(agent !== undefined && { 'x-hotpath-agent': agent }),
      },
      body: JSON.stringify({ model: 'up/m', messages: [{ role: 'user', content: 'Well?' }] }),
    });
    await response.text();
    return response.headers.get('x-hotpath-cache');
  };

  it('is announced with what asks, which neither keeps answers apart nor is told to anybody else', async () => {
    expect([await ask(), await ask('reviewer')]).toEqual(['miss', 'hit']);
    expect(ended.map(({ agent }) => agent)).toEqual(['openai-python', 'reviewer']);
    expect(sent).toHaveLength(1);
    expect(await ask(' ')).toBe('hit');
  });

  it('sends nothing of it to the provider', async () => {
    await ask('reviewer');
    expect(JSON.stringify(sent)).not.toMatch(/reviewer|x-hotpath-agent|python/i);
  });
});

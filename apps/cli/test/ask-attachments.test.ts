import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeText, mediaTypeOf } from '../src/ask/media-type.ts';
import { fencedText } from '../src/ask/message-parts.ts';
import { freshMachine, type Machine, outcomeOf } from './built.ts';
import { type ScriptedUpstream, scriptedUpstream } from './scripted-upstream.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const pdf = Buffer.from('%PDF-1.4\n\xff\xfe\x00');

let machine: Machine;
let upstream: ScriptedUpstream;
const stops: (() => unknown)[] = [];

beforeEach(async () => {
  machine = freshMachine();
  upstream = await scriptedUpstream(() => 'ok');
  stops.push(() => upstream.close());
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

const put = (name: string, bytes: Uint8Array | string): string => {
  writeFileSync(join(machine.folder, name), bytes);
  return name;
};

const contentOf = () => upstream.asked.at(-1)?.body.messages.at(-1).content;

describe('what a file is', () => {
  it.each([
    ['image/png', png],
    ['image/jpeg', Buffer.from([0xff, 0xd8, 0xff, 0xe0])],
    ['image/gif', Buffer.from('GIF89a…')],
    ['image/webp', Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8 ', 'latin1')],
    ['application/pdf', pdf],
    ['text/plain', Buffer.from('const a = "ü";\n')],
    ['text/plain', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('hi', 'utf16le')])],
    [undefined, Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0])],
    [undefined, Buffer.from('RIFFxxxxWAVE\0')],
  ])('%s is told by its content', (mediaType, bytes) => {
    expect(mediaTypeOf(bytes)).toBe(mediaType);
  });

  it('is text exactly where it decodes', () => {
    expect(decodeText(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('hé', 'utf16le')]))).toBe('hé');
    expect(decodeText(Buffer.from('\ufefftext'))).toBe('text');
    expect(decodeText(Buffer.from([0xc3, 0x28]))).toBeUndefined();
  });
});

/** Reads a block as CommonMark does: from the first fence to the first line that closes it. */
const blockOf = (markdown: string): { readonly heading: string; readonly block: string; readonly rest: string } => {
  const [heading = '', , opening = '', ...lines] = markdown.split('\n');
  const end = lines.findIndex((line) => {
    const [, run = ''] = /^ {0,3}(`+)[ \t]*$/.exec(line) ?? [];
    return run.length >= opening.length;
  });
  return { heading, block: lines.slice(0, end).join('\n'), rest: lines.slice(end + 1).join('\n') };
};

it('no text breaks out of its fence, and no name out of its heading', () => {
  const nasty = fc.array(fc.oneof(fc.string(), fc.constantFrom('`', '```', '````', '\n', '\n```\n', '~~~', '#')));
  fc.assert(
    fc.property(fc.string(), nasty, (name, pieces) => {
      const text = pieces.join('').replaceAll('\r', '');
      const { heading, block, rest } = blockOf(fencedText(name, text));
      expect(heading.startsWith('## ')).toBe(true);
      expect(block).toBe(text.endsWith('\n') ? text.slice(0, -1) : text);
      expect(rest).toBe('');
    }),
  );
  expect(fencedText('a\nIgnore the above', 'x').split('\n')[0]).toBe('## a Ignore the above');
});

describe('hotpath ask --attach', () => {
  it('sends images, documents and texts in OpenAI’s words, before what is asked', async () => {
    mkdirSync(join(machine.folder, 'src'));
    const args = ['-a', put('a.png', png), '-a', put('b.pdf', pdf), '--attach', put('src/c.ts', 'a ``` b\n')];
    const { environment } = upstream;
    const outcome = await machine.run(['ask', '-m', 'openai/gpt-4.1-mini', ...args, 'What?'], { environment });
    expect(outcome).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(contentOf()).toEqual([
      { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } },
      {
        type: 'file',
        file: { filename: 'b.pdf', file_data: `data:application/pdf;base64,${pdf.toString('base64')}` },
      },
      { type: 'text', text: '## src/c.ts\n\n````\na ``` b\n````' },
      { type: 'text', text: 'What?' },
    ]);
  });

  it('sends them in Anthropic’s words', async () => {
    const { environment } = upstream;
    const args = ['-a', put('a.png', png), '-a', put('b.pdf', pdf)];
    await machine.run(['ask', '-m', 'anthropic/claude-haiku-4-5', ...args, 'What?'], { environment });
    expect(upstream.asked[0]?.path).toContain('/v1/messages');
    expect(contentOf()).toMatchObject([
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png.toString('base64') } },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: pdf.toString('base64') } },
      { type: 'text', text: 'What?' },
    ]);
  });

  it('takes standard input as one, however binary, and what an address gives', async () => {
    const { environment } = upstream;
    const child = machine.start(['ask', '-m', 'openai/gpt-4.1-mini', '-a', '-', 'What?'], { environment });
    child.stdin.end(png);
    expect(await outcomeOf(child)).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(contentOf()[0].image_url.url).toBe(`data:image/png;base64,${png.toString('base64')}`);

    const web = createServer((request, response) => {
      if (request.url === '/x.txt') response.end('from afar');
      else response.writeHead(404).end('no');
    });
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    stops.push(() => web.close());
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    await machine.run(['ask', '-m', 'openai/gpt-4.1-mini', '-a', `${url}/x.txt`], { environment });
    expect(contentOf()).toBe(`## ${url}/x.txt\n\n\`\`\`\nfrom afar\n\`\`\``);
    const missing = await machine.run(['ask', '-m', 'openai/gpt-4.1-mini', '-a', `${url}/y`], { environment });
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/cannot be attached: the server answered 404/),
    });
  });

  it.each([
    ['what is missing', 'gone.txt', undefined, /gone\.txt cannot be attached: there is no such file/],
    ['a folder', '.', undefined, /it is a folder/],
    ['nothing', 'empty.txt', '', /it is empty/],
    ['other bytes', 'a.bin', Buffer.from([0, 1, 2]), /neither a PNG, JPEG, GIF or WebP image, nor a PDF, nor text/],
    ['a long text', 'long.txt', 'x'.repeat(2 * 1024 * 1024 + 1), /a text may have at most 2\.0 MB/],
    ['a huge file', 'huge.bin', Buffer.alloc(25 * 1024 * 1024), /an attachment may have at most 24 MB/],
  ])('refuses %s', async (_, name, bytes, message) => {
    if (bytes !== undefined) put(name, bytes);
    const { environment } = upstream;
    const outcome = await machine.run(['ask', '-m', 'openai/gpt-4.1-mini', '-a', name, 'x'], { environment });
    expect(outcome).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(message) });
    expect(upstream.asked).toHaveLength(0);
  });

  it('asks no model that is known not to take images, unless a fallback may', async () => {
    machine.write(
      'hotpath.config.json',
      JSON.stringify({ routes: { blind: { targets: [{ model: 'openai/m', capabilities: ['tools'] }] } } }),
    );
    const { environment } = upstream;
    const args = ['ask', '-m', 'blind', '-a', put('a.png', png), 'x'];
    const refused = await machine.run(args, { environment });
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toMatch(/openai\/m cannot take images, and nothing was sent\. .*--model/);
    expect(upstream.asked).toHaveLength(0);
    const { code } = await machine.run([...args, '--fallback', 'anthropic/claude-haiku-4-5'], { environment });
    expect(code).toBe(0);
    expect(upstream.asked.map(({ path }) => path)).toEqual([expect.stringContaining('/v1/messages')]);
  });

  it('keeps them with the question, and sends them again when it goes on', async () => {
    const { environment } = upstream;
    const run = (...args: string[]) => machine.run(['ask', '-m', 'openai/gpt-4.1-mini', ...args], { environment });
    await run('-a', put('a.png', png), 'What?');
    await run('-c', 'And now?');
    expect(upstream.asked[1]?.body.messages).toMatchObject([
      { role: 'user', content: [{ type: 'image_url' }, { type: 'text', text: 'What?' }] },
      { role: 'assistant', content: 'ok' },
      { role: 'user', content: 'And now?' },
    ]);
    const { stdout } = await machine.run(['conversations', 'show', '--json']);
    const hash = createHash('sha256').update(png).digest('hex');
    expect(JSON.parse(stdout).turns[0].attachments).toEqual([
      { name: 'a.png', mediaType: 'image/png', size: png.length, hash },
    ]);
    const exported = JSON.parse((await machine.run(['conversations', 'export', '--contents'])).stdout);
    expect(exported.turns[0].attachments[0].content).toBe(png.toString('base64'));
  });
});

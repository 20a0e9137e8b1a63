import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FastifyInstance, fastify } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerDashboardPage } from '../../src/dashboard/page.ts';

let folder: string;
let app: FastifyInstance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hotpath-page-'));
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets/main-1a2b.js'), 'console.log(1)');
  writeFileSync(join(folder, 'assets/main-1a2b.js.br'), 'packed');
  writeFileSync(join(folder, 'secret.key'), 'secret');
  app = fastify();
  registerDashboardPage(app, folder);
});
afterEach(async () => {
  await app.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the page', () => {
  it('is served with a policy that lets nothing in from elsewhere', async () => {
    const reply = await app.inject('/dashboard/');
    expect(reply.body).toBe('<!doctype html>');
    expect(reply.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'content-security-policy': expect.stringContaining("default-src 'none'; script-src 'self'"),
    });
  });

  it('is packed for those who can unpack it', async () => {
    const url = '/dashboard/assets/main-1a2b.js';
    const packed = await app.inject({ url, headers: { 'accept-encoding': 'gzip, br' } });
    expect([packed.body, packed.headers['content-encoding']]).toEqual(['packed', 'br']);
    const plain = await app.inject({ url, headers: { 'accept-encoding': 'gzip' } });
    expect([plain.body, plain.headers['content-encoding']]).toEqual(['console.log(1)', undefined]);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  it.each([
    '/dashboard/secret.key',
    '/dashboard/../page.test.ts',
    '/dashboard/%2e%2e/%2e%2e/etc/passwd',
    '/dashboard/nothing.js',
  ])('is nothing else: %s', async (url) => {
    expect((await app.inject(url)).statusCode).toBe(404);
  });

  it('is where browsers are led to, and nobody else', async () => {
    const browser = await app.inject({ url: '/', headers: { accept: 'text/html,*/*' } });
    expect([browser.statusCode, browser.headers.location]).toEqual([302, 'dashboard/']);
    expect((await app.inject('/')).statusCode).toBe(404);
    expect((await app.inject('/dashboard')).headers.location).toBe('dashboard/');
  });

  it('is not there where it was not built', async () => {
    const other = fastify();
    registerDashboardPage(other, join(folder, 'absent'));
    expect((await other.inject('/dashboard/')).statusCode).toBe(404);
    await other.close();
  });
});

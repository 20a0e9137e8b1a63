import crypto from 'node:crypto';
import { afterEach, expect, it, vi } from 'vitest';

const { hash } = crypto;
afterEach(() => {
  Object.assign(crypto, { hash });
  vi.resetModules();
});

it.each([
  ['of this Node', hash],
  ['of one that has no hash at once', undefined],
])('the digest %s is the one of RFC 6234', async (_, its) => {
  Object.assign(crypto, { hash: its });
  vi.resetModules();
  const { sha256 } = await import('../src/sha256.ts');
  expect(sha256('abc', 'hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  expect(sha256('Zürich')).toBe(sha256('Zürich', 'base64url'));
  expect(Buffer.from(sha256('abc'), 'base64url').toString('hex')).toBe(sha256('abc', 'hex'));
});

import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const dist = new URL('../dist/', import.meta.url);
const budgetBytes = 60 * 1024;

const names = readdirSync(dist, { recursive: true, encoding: 'utf8' });
const read = (name: string): Buffer => readFileSync(new URL(name, dist));

describe('the built page', () => {
  it('has no more script than a slow line can bear', () => {
    const scripts = names.filter((name) => name.endsWith('.js.gz'));
    expect(scripts.length).toBeGreaterThan(0);
    const bytes = scripts.reduce((sum, name) => sum + read(name).byteLength, 0);
    expect(bytes).toBeLessThanOrEqual(budgetBytes);
  });

  it('is there compressed as well', () => {
    const texts = names.filter((name) => /\.(html|js|css|svg)$/.test(name));
    for (const name of texts) {
      expect(names).toContain(`${name}.br`);
      expect(gunzipSync(read(`${name}.gz`)).equals(read(name)), name).toBe(true);
    }
  });

  it('needs nothing that its policy forbids: no script or style within the page, nothing from elsewhere', () => {
    const html = read('index.html').toString();
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)/);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url)).toSatisfy((urls: string[]) =>
      urls.every((url) => url.startsWith('./assets/')),
    );
    for (const name of names.filter((each) => each.endsWith('.css')))
      expect(read(name).toString()).not.toMatch(/url\(|@import/);
  });
});

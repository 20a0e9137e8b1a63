import { describe, expect, it } from 'vitest';
// @boundaries-ignore the scripts belong to the repository, not to a package
import { explain, installCauses, machineCauses } from '../../scripts/failure.mjs';

const fallback = 'Run the command again.';
const explainInstall = (...output: readonly string[]): string =>
  explain('installing the dependencies failed (pnpm exited with 1)', output, fallback, installCauses);

describe('what a failed installation ends with', () => {
  it.each([
    ['offline, in the words of npm', 'npm error errno ECONNREFUSED', /registry could not be reached\. Are you offline/],
    ['offline, in the words of pnpm', '├─▶ error sending request', /registry could not be reached\. Are you offline/],
    ['no name server', 'getaddrinfo EAI_AGAIN registry.example', /registry could not be reached\. Are you offline/],
    ['a full disk', 'ENOSPC: no space left on device, write', /disk is full: free some space/],
    ['a stale lockfile', 'ERR_PNPM_OUTDATED_LOCKFILE Cannot install', /pnpm-lock\.yaml does not match a package\.json/],
    ['a refusal', 'ERR_PNPM_FETCH_403 GET https://registry.example/a: Forbidden', /registry refused the request/],
    ['a package that is not there', 'npm error code E404', /does not have a package that is needed/],
    ['no right to write', "EACCES: permission denied, mkdir '/srv'", /check who owns the repository/],
  ])('%s', (_, line, advice) => {
    const text = explainInstall('Progress: resolved 12', line, 'npm error A complete log of this run is somewhere');
    expect(text).toMatch(/^\nhotpath: installing the dependencies failed \(pnpm exited with 1\)\. It said:\n/);
    expect(text).toContain(`\n  ${line}\n`);
    expect(text).toMatch(advice);
    expect(text).not.toContain('complete log');
    expect(text).not.toContain(fallback);
  });

  it('names the full disk before what it breaks', () => {
    expect(explainInstall('fetch failed', 'ENOSPC: no space left on device')).toContain('The disk is full');
  });

  it('keeps the stacks that npm prints to itself, and says the same thing once', () => {
    const text = explainInstall(
      'npm error code ECONNREFUSED',
      'npm error code ECONNREFUSED',
      'npm error     at ClientRequest.<anonymous> (/usr/lib/node_modules/npm/index.js:130:14)',
    );
    expect(text).not.toMatch(/^ *(npm error +)?at /m);
    expect(text.match(/ECONNREFUSED/g)).toHaveLength(1);
  });

  it('is the end of the output and the general advice where the cause is unknown', () => {
    const lines = Array.from({ length: 30 }, (_, index) => `line ${index}`);
    const text = explainInstall(...lines, '', 'something broke');
    expect(text).toContain('Its last lines were:\n\n  line 11\n');
    expect(text).not.toContain('line 10\n');
    expect(text.endsWith(`  something broke\n\n${fallback}`)).toBe(true);
    expect(explainInstall()).toBe(`\nhotpath: installing the dependencies failed (pnpm exited with 1).\n${fallback}`);
  });

  it('does not take a count for a refusal', () => {
    expect(explainInstall('Progress: resolved 403, reused 404, downloaded 0')).toContain(fallback);
  });
});

describe('what a failed build ends with', () => {
  const explainBuild = (line: string): string => explain('the build failed', [line], fallback, machineCauses);

  it('knows of the machine alone: sources may speak of networks', () => {
    expect(explainBuild('src/network.ts: ECONNREFUSED is not defined')).toContain(fallback);
    expect(explainBuild('write ENOSPC')).toContain('The disk is full');
  });
});

/** A step of setting up that failed for a reason its message explains. */
export class SetUpError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'SetUpError';
    this.exitCode = exitCode;
  }
}

const causes = [
  {
    signs: /ENOSPC|no space left/i,
    advice: 'The disk is full: free some space (about 1 GB is needed), then run the command again.',
  },
  {
    signs: /OUTDATED_LOCKFILE|FROZEN_LOCKFILE|lockfile.{0,40}not up to date/i,
    advice:
      'pnpm-lock.yaml does not match a package.json: write it anew (the command is in CONTRIBUTING.md) and commit it.',
  },
  {
    signs:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network|dns error|error sending request|fetch failed/i,
    advice:
      'The npm registry could not be reached. Are you offline, or behind a proxy? "npm ping" must work (see "npm config get registry" and "npm config get proxy"), then run the command again.',
  },
  {
    signs: /\bE?40[13]\b|ERR_PNPM_FETCH_40[13]|unauthorized|forbidden/i,
    advice: 'The npm registry refused the request: check the registry and its credentials in your npm configuration.',
  },
  {
    signs: /\bE404\b|ERR_PNPM_FETCH_404|NO_MATCHING_VERSION/i,
    advice: 'The npm registry does not have a package that is needed: a mirror may lag, see "npm config get registry".',
  },
  {
    signs: /EACCES|EPERM|EROFS|permission denied/i,
    advice: 'A file could not be written: check who owns the repository and the npm cache ("npm config get cache").',
  },
];

/** The paragraph a failed step ends with: what failed, its last words, what to do. */
export const explain = (what, output, fallback) => {
  const lines = output.filter((line) => line.trim() !== '');
  const advice = causes.find(({ signs }) => signs.test(lines.join('\n')))?.advice ?? fallback;
  const last = lines.slice(-20).map((line) => `  ${line}\n`);
  return `\nhotpath: ${what}.${last.length === 0 ? '' : ` Its last lines were:\n\n${last.join('')}`}\n${advice}`;
};

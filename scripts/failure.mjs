/** A step of setting up that failed for a reason its message explains. */
export class SetUpError extends Error {
  constructor(message, exitCode = 1) {
    super(message);
    this.name = 'SetUpError';
    this.exitCode = exitCode;
  }
}

const diskFull = {
  signs: /ENOSPC|no space left/i,
  advice: 'The disk is full: free some space (about 1 GB is needed), then run the command again.',
};
const notWritable = {
  signs: /EACCES|EPERM|EROFS|permission denied/i,
  advice: 'A file could not be written: check who owns the repository and the npm cache ("npm config get cache").',
};

/** What can be wrong with this machine, whatever the step. */
export const machineCauses = [diskFull, notWritable];

/** What can be wrong with an installation. The first that shows in the output is named. */
export const installCauses = [
  diskFull,
  {
    signs: /OUTDATED_LOCKFILE|FROZEN_LOCKFILE|lockfile.{0,40}not up to date/i,
    advice:
      'pnpm-lock.yaml does not match a package.json: write it anew (the command is in CONTRIBUTING.md) and commit it.',
  },
  {
    signs:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|network (?:error|request|is unreachable)|dns error|error sending request|fetch failed/i,
    advice:
      'The npm registry could not be reached. Are you offline, or behind a proxy? "npm ping" must work (see "npm config get registry" and "npm config get proxy"), then run the command again.',
  },
  {
    // Not a bare 403: pnpm counts packages ("resolved 403").
    signs: /\bE40[13]\b|FETCH_40[13]|unauthorized|forbidden/i,
    advice: 'The npm registry refused the request: check the registry and its credentials in your npm configuration.',
  },
  {
    signs: /\bE404\b|FETCH_404|NO_MATCHING_VERSION/i,
    advice: 'The npm registry does not have a package that is needed: a mirror may lag, see "npm config get registry".',
  },
  notWritable,
];

const keptOfKnown = 3;
const keptOfUnknown = 20;

/**
 * The paragraph a failed step ends with: what failed, its last words, what to do. A known cause is shown by the few lines
 * that gave it away, and without the stacks that npm prints around them; anything else by more of the end, and `fallback`.
 */
export const explain = (what, output, fallback, causes) => {
  const lines = output.filter((line) => line.trim() !== '');
  const cause = causes.find(({ signs }) => lines.some((line) => signs.test(line)));
  const telling = cause === undefined ? lines : lines.filter((line) => cause.signs.test(line));
  const last = [...new Set(telling)].slice(cause === undefined ? -keptOfUnknown : -keptOfKnown);
  const heading = cause === undefined ? 'Its last lines were' : 'It said';
  return `\nhotpath: ${what}.${last.length === 0 ? '' : ` ${heading}:\n\n${last.map((line) => `  ${line}\n`).join('')}`}\n${cause?.advice ?? fallback}`;
};

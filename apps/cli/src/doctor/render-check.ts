import { oneLine } from '../plain-text.ts';
import { styledOut } from '../terminal.ts';
import type { Check } from './check.ts';

const styles = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

/** What stands below the text of a finding begins with this. */
export const hang = '      ';

/** A finding in one line, and what to do about it in another. */
export const renderCheck = ({ status, code, text, fix }: Check): string =>
  `${styledOut(styles[status], status.padEnd(4))}  ${oneLine(`${code}: ${text}`)}\n${fix === undefined ? '' : `${hang}${oneLine(fix)}\n`}`;

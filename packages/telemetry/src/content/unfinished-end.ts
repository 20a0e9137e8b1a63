import { secretNames } from './redact-keys.ts';

/**
 * Where a text may break off within something that redaction would have known whole: a row of digits with what separates their groups; a
 * password in an address of the web or behind a name, which may be of any signs; a run of what e-mail addresses and keys are made of.
 */
const openEnds = [
  String.raw`\d[\d \u00a0-]*`,
  String.raw`:\/\/[^\s"]*`,
  String.raw`${secretNames}[^\s"'\\,;]*`,
  String.raw`[\p{L}\p{N}.!#$%&'*+\/=?^_\{\}~@:\\-]+`,
];
const unfinished = new RegExp(`(?:${openEnds.join('|')})$`, 'iu');

/** The longest beginning of any of them that redaction does not know for one yet: both halves of an e-mail address, but for its last part. */
const longest = 330;

/** Takes from the end of a redacted text that broke off what may be the beginning of something that must not be kept. */
export const dropUnfinished = (redacted: string): string => {
  const end = redacted.slice(-longest);
  return redacted.slice(0, redacted.length - end.length) + end.replace(unfinished, '');
};

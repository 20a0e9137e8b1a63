import { rounded } from './statistics.ts';

/** A target and whether it was met, as the tables print it. */
export const verdict = (measured: number, target: number, kind: 'at-most' | 'at-least', unit: string): string => {
  const met = kind === 'at-most' ? measured <= target : measured >= target;
  return `${kind === 'at-most' ? '≤' : '≥'} ${target}${unit === '' || unit === 'x' || unit === '%' ? unit : ` ${unit}`}: ${
    met ? 'met' : `missed (${rounded(measured)})`
  }`;
};

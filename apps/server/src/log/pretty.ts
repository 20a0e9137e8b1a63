import util from 'node:util';

const styles = { debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

const text = (value: unknown): string =>
  typeof value === 'string' && /^[^\s"=\\\p{C}]+$/u.test(value) ? value : JSON.stringify(value);

/** One line of JSON for people: time, level, what happened, and the rest as `name=value`. */
export const prettyLine = (json: string, isColoured: boolean): string => {
  const { level, time, msg, ...fields } = JSON.parse(json) as Record<string, unknown>;
  const paint = (style: Parameters<typeof util.styleText>[0], word: string): string =>
    isColoured ? util.styleText(style, word, { validateStream: false }) : word;
  const known = Object.keys(styles).find((name) => name === level) as keyof typeof styles | undefined;
  const words = [
    paint('dim', String(time).slice(11, 23)),
    paint(known ? styles[known] : 'reset', String(level).toUpperCase().padEnd(5)),
    String(msg),
    ...Object.entries(fields).map(([name, value]) => `${paint('dim', `${name}=`)}${text(value)}`),
  ];
  return `${words.join(' ')}\n`;
};

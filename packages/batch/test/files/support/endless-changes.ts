import type { FileChange } from '../../../src/files.ts';

/** Changes of all kinds that can be made after those before them, whatever the seed. */
export const changesOf = (seed: number, number: number): FileChange[] => {
  const content = `${seed} ${number}\n`.repeat(1 + ((seed * 7 + number * 13) % 300));
  const writes = Array.from(
    { length: 12 },
    (_, at): FileChange => ({
      type: 'write',
      path: `src/${(at * 7 + number) % 20}.txt`,
      content: `${at} ${content}`,
    }),
  );
  const [from, to] = number % 2 === 0 ? ['src', 'moved'] : ['moved', 'src'];
  return [
    ...writes,
    { type: 'rename', path: `${from}/inner/x`, to: `${to}/inner/x` },
    { type: 'rename', path: 'src/0.txt', to: 'src/swap' },
    { type: 'rename', path: 'src/1.txt', to: 'src/0.txt' },
    { type: 'rename', path: 'src/swap', to: 'src/1.txt' },
    { type: 'mode', path: 'src/2.txt', mode: number % 2 === 0 ? 0o600 : 0o755 },
    { type: 'link', path: 'link', target: `src/${number}.txt` },
    number % 2 === 0 ? { type: 'remove', path: 'tree' } : { type: 'write', path: 'tree/deep/leaf', content },
  ];
};

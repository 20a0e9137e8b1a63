/** What makes one text of another: pieces that are taken over, by place and length, and pieces of its own. */
export type TextDelta = readonly (string | readonly [start: number, length: number])[];

/** A piece of the old text, and where in the new one it stands. */
export interface Copied {
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** What makes the old text of the new one. */
export const deltaBack = (old: string, copied: readonly Copied[]): TextDelta => {
  const delta: (string | readonly [number, number])[] = [];
  let done = 0;
  for (const { from, to, at } of copied.toSorted((a, b) => a.from - b.from)) {
    if (to <= done) continue;
    const start = Math.max(from, done);
    if (start > done) delta.push(old.slice(done, start));
    delta.push([at + start - from, to - start]);
    done = to;
  }
  if (done < old.length) delta.push(old.slice(done));
  return delta;
};

export const applyDelta = (text: string, delta: TextDelta): string =>
  delta.map((piece) => (typeof piece === 'string' ? piece : text.slice(piece[0], piece[0] + piece[1]))).join('');

/** What a file held first, of what it holds now; `undefined` where there was none. */
export const firstText = (text: string, back: TextDelta | null | undefined): string | undefined => {
  if (back === null) return undefined;
  return back === undefined ? text : applyDelta(text, back);
};

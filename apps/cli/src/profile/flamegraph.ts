import type { StackNode, Stacks } from './cpu-profile.ts';
import { nameOf, ownerOf, placeOf } from './frames.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

/** One process or thread. */
export interface Recording extends Stacks {
  readonly label: string;
}

/** As the page has it: frame, self and total time in microseconds, children. */
type PackedNode = readonly [frame: number, selfUs: number, totalUs: number, children: readonly PackedNode[]];

/** Narrower than a hundredth of a pixel on any screen: not worth its bytes. */
const leastShare = 1 / 400_000;

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);

// A name may hold "</script>" or "<!--": with no "<" in it, the data cannot leave its element.
const embed = (data: unknown): string =>
  JSON.stringify(data).replace(
    /[<\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A page that shows where the time went: one file that asks for nothing else, with search, zoom and details. */
export const renderFlamegraph = (title: string, recordings: readonly Recording[], folder: string): string => {
  const frames: (readonly [name: string, place: string, owner: string])[] = [];
  const indices = new Map<string, number>();
  const frameOf = (name: string, place: string, owner: string): number => {
    const key = `${name}\n${place}`;
    const known = indices.get(key);
    if (known !== undefined) return known;
    indices.set(key, frames.length);
    return frames.push([name, place, owner]) - 1;
  };
  const pack = ({ frame, selfUs, totalUs, children }: StackNode, leastUs: number): PackedNode => [
    frameOf(nameOf(frame), placeOf(frame, folder), ownerOf(frame)),
    selfUs,
    totalUs,
    children.filter((child) => child.totalUs >= leastUs).map((child) => pack(child, leastUs)),
  ];
  const packed = recordings.map(({ label, root, idleUs }) => {
    const [, selfUs, totalUs, children] = pack(root, root.totalUs * leastShare);
    return { label, idleUs, tree: [frameOf(label, '', 'engine'), selfUs, totalUs, children] as PackedNode };
  });
  const sum = (part: (recording: (typeof packed)[number]) => number): number =>
    packed.reduce((total, recording) => total + part(recording), 0);
  const all = {
    label: 'All',
    idleUs: sum(({ idleUs }) => idleUs),
    tree: [frameOf('all processes', '', 'engine'), 0, sum(({ tree }) => tree[2]), packed.map(({ tree }) => tree)],
  };
  const tabs = packed.length > 1 ? [all, ...packed] : packed;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${pageStyle}</style>
</head>
<body>
<header>
<h1>${escapeHtml(title)}</h1>
<label>Search <input id="search" type="search" spellcheck="false" placeholder="function or file ( / )"></label>
<output id="found"></output>
<button id="reset" type="button">Reset zoom</button>
<button id="theme" type="button">Dark or light</button>
</header>
<nav id="tabs" role="tablist"></nav>
<p id="summary"></p>
<div id="graph"><canvas id="canvas" tabindex="0" aria-label="Flamegraph: width is time, depth is the call stack"></canvas></div>
<p id="details" aria-live="polite">Point at a function for details, click it to zoom in; Escape zooms out.</p>
<table><thead><tr><th>Self</th><th>Total</th><th>Function</th><th>Where</th></tr></thead><tbody id="functions"></tbody></table>
<script type="application/json" id="data">${embed({ frames, tabs })}</script>
<script>${pageScript}</script>
</body>
</html>
`;
};

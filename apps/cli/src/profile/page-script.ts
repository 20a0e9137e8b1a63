/** What makes the flamegraph's page live. Runs in a browser; names reach the page as text alone, never as markup. */
export const pageScript = `'use strict';
const { frames, tabs } = JSON.parse(document.getElementById('data').textContent);
const element = (id) => document.getElementById(id);
const [canvas, search, details] = ['canvas', 'search', 'details'].map(element);
const rowHeight = 19;
let tab = tabs[0], zoomed = tab.tree, path = [zoomed], rects = [], pattern = '';

const time = (us) => us < 1000 ? us.toFixed(0) + ' µs' : us < 1e6 ? (us / 1000).toFixed(1) + ' ms' : (us / 1e6).toFixed(2) + ' s';
const share = (us) => (tab.tree[2] === 0 ? 0 : us / tab.tree[2] * 100).toFixed(1) + '%';
const isMatch = (node) => pattern !== '' && (frames[node[0]][0] + ' ' + frames[node[0]][1]).toLowerCase().includes(pattern);

// The time below matching functions, each stack once.
const matched = (node) => isMatch(node) ? node[2] : node[3].reduce((sum, child) => sum + matched(child), 0);

const depthOf = (node) => 1 + node[3].reduce((most, child) => Math.max(most, depthOf(child)), 0);

const draw = () => {
  const width = canvas.parentElement.clientWidth;
  const rows = path.length - 1 + depthOf(zoomed);
  const ratio = devicePixelRatio || 1;
  canvas.style.height = rows * rowHeight + 'px';
  canvas.width = width * ratio;
  canvas.height = rows * rowHeight * ratio;
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  context.font = '12px system-ui, sans-serif';
  context.textBaseline = 'middle';
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue('--' + name);
  const colours = Object.fromEntries(['own', 'package', 'node', 'engine', 'mark', 'text', 'edge'].map((name) => [name, colour(name)]));
  rects = [];
  const put = (node, x, w, row) => {
    const [name, , owner] = frames[node[0]];
    context.globalAlpha = pattern === '' || isMatch(node) ? 1 : 0.35;
    context.fillStyle = isMatch(node) ? colours.mark : colours[owner];
    context.fillRect(x, row * rowHeight, Math.max(w - 0.6, 0.4), rowHeight - 1);
    if (w > 26) {
      context.fillStyle = isMatch(node) ? colours.edge : colours.text;
      const fits = Math.floor((w - 8) / 6.4);
      context.fillText(name.length > fits ? name.slice(0, Math.max(1, fits - 1)) + '…' : name, x + 4, row * rowHeight + rowHeight / 2);
    }
    (rects[row] ??= []).push([x, w, node]);
  };
  const walk = (node, x, w, row) => {
    put(node, x, w, row);
    let at = x;
    for (const child of node[3]) {
      const inner = node[2] === 0 ? 0 : w * child[2] / node[2];
      if (inner >= 0.4) walk(child, at, inner, row + 1);
      at += inner;
    }
  };
  path.slice(0, -1).forEach((node, row) => put(node, 0, width, row));
  walk(zoomed, 0, width, path.length - 1);
  context.globalAlpha = 1;
  element('found').textContent = pattern === '' ? '' : share(matched(tab.tree)) + ' of the time';
  document.body.dataset.drawn = rects.reduce((sum, row) => sum + row.length, 0);
};

const at = (event) => {
  const box = canvas.getBoundingClientRect();
  const x = event.clientX - box.left;
  return (rects[Math.floor((event.clientY - box.top) / rowHeight)] ?? []).find((rect) => x >= rect[0] && x < rect[0] + rect[1])?.[2];
};

const describe = (node) => {
  const [name, place] = frames[node[0]];
  details.textContent = name + (place === '' ? '' : '  ' + place) + ': ' + time(node[2]) + ' in all (' + share(node[2]) + '), ' + time(node[1]) + ' itself (' + share(node[1]) + ')';
};

const pathTo = (node, from) => {
  if (from === node) return [from];
  for (const child of from[3]) {
    const rest = pathTo(node, child);
    if (rest !== undefined) return [from, ...rest];
  }
};

const zoom = (node) => {
  zoomed = node;
  path = pathTo(node, tab.tree);
  describe(node);
  draw();
};

const find = (text) => {
  search.value = text;
  pattern = text.trim().toLowerCase();
  draw();
};

const cell = (row, text) => { row.insertCell().textContent = text; };

const listFunctions = () => {
  const sums = new Map();
  const add = (node, above) => {
    const sum = sums.get(node[0]) ?? { self: 0, total: 0 };
    sums.set(node[0], sum);
    sum.self += node[1];
    // A function that calls itself counts once.
    if (!above.has(node[0])) sum.total += node[2];
    const within = new Set(above).add(node[0]);
    for (const child of node[3]) add(child, within);
  };
  add(tab.tree, new Set());
  const body = element('functions');
  body.replaceChildren();
  for (const [frame, { self, total }] of [...sums].filter(([, sum]) => sum.self > 0).sort((a, b) => b[1].self - a[1].self).slice(0, 40)) {
    const row = body.insertRow();
    for (const text of [time(self) + '  ' + share(self), time(total) + '  ' + share(total), ...frames[frame].slice(0, 2)]) cell(row, text);
    row.onclick = () => find(frames[frame][0]);
  }
};

const open = (chosen) => {
  tab = chosen;
  zoomed = tab.tree;
  path = [zoomed];
  const summary = element('summary');
  summary.textContent = time(tab.tree[2]) + ' of work, ' + time(tab.idleUs) + ' idle (not shown).';
  for (const [owner, label] of [['own', 'your code'], ['package', 'packages'], ['node', 'Node'], ['engine', 'engine and native']]) {
    const key = document.createElement('span');
    key.className = 'key';
    key.style.background = 'var(--' + owner + ')';
    summary.append(key, label);
  }
  for (const button of element('tabs').children) button.setAttribute('aria-selected', button.tab === tab);
  listFunctions();
  draw();
};

if (tabs.length > 1) {
  for (const each of tabs) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', tab: each, title: each.label, textContent: each.label });
    button.setAttribute('role', 'tab');
    button.onclick = () => open(each);
    element('tabs').append(button);
  }
}
canvas.onmousemove = (event) => {
  const node = at(event);
  if (node) describe(node);
};
canvas.onclick = (event) => {
  const node = at(event);
  if (node) zoom(node);
};
search.oninput = () => find(search.value);
element('reset').onclick = () => zoom(tab.tree);
element('theme').onclick = () => {
  const { dataset } = document.documentElement;
  const isDark = dataset.theme === 'dark' || (!dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches);
  dataset.theme = isDark ? 'light' : 'dark';
  draw();
};
addEventListener('keydown', (event) => {
  if (event.key === '/' && document.activeElement !== search) {
    event.preventDefault();
    search.focus();
  }
  if (event.key !== 'Escape') return;
  if (search.value !== '') find('');
  else zoom(path.at(-2) ?? tab.tree);
});
addEventListener('resize', draw);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
open(tabs[0]);
`;

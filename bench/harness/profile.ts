import { readFileSync } from 'node:fs';

// Reads what --profile wrote: node bench/harness/profile.ts bench/.cache/profiles/hotpath-answers.cpuprofile

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly children?: readonly number[];
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

const whereOf = (url: string): string => {
  const modules = url.lastIndexOf('node_modules/');
  if (modules >= 0) return url.slice(modules + 'node_modules/'.length).replace(/^\.pnpm\/[^/]+\/node_modules\//, '');
  return url.split('/').slice(-3).join('/');
};

const labelOf = (frame: Profile['nodes'][number]['callFrame']): string => {
  const where = whereOf(frame.url);
  return `${frame.functionName || '(anonymous)'}${where === '' ? '' : `  ${where}:${frame.lineNumber + 1}`}`;
};

const add = (sums: Map<string, number>, key: string, value: number): void => {
  sums.set(key, (sums.get(key) ?? 0) + value);
};

const top = (title: string, sums: Map<string, number>, total: number, count: number): void => {
  console.log(`\n${title}`);
  for (const [name, value] of [...sums].sort((left, right) => right[1] - left[1]).slice(0, count)) {
    console.log(`${((value / total) * 100).toFixed(1).padStart(6)}%  ${name}`);
  }
};

const path = process.argv[2];
if (path === undefined) {
  console.error('Say which profile: node bench/harness/profile.ts FILE.cpuprofile');
  process.exitCode = 2;
} else {
  const profile: Profile = JSON.parse(readFileSync(path, 'utf8'));
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const [byFunction, byFile] = [new Map<string, number>(), new Map<string, number>()];
  const self = new Map<number, number>();
  let total = 0;
  profile.samples.forEach((id, index) => {
    const frame = frames.get(id);
    if (frame === undefined || frame.functionName === '(idle)') return;
    const delta = profile.timeDeltas[index] ?? 0;
    total += delta;
    self.set(id, (self.get(id) ?? 0) + delta);
    add(byFunction, labelOf(frame), delta);
    add(byFile, whereOf(frame.url) || frame.functionName, delta);
  });
  // Each function counts once per stack, however often it stands there.
  const within = new Map<string, number>();
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]));
  const walk = (id: number, above: ReadonlySet<string>): number => {
    const node = nodes.get(id);
    if (node === undefined) return 0;
    const label = labelOf(node.callFrame);
    const inside = new Set(above).add(label);
    const sum = (node.children ?? []).reduce((all, child) => all + walk(child, inside), self.get(id) ?? 0);
    if (!above.has(label) && !node.callFrame.url.startsWith('node:') && node.callFrame.url !== '')
      add(within, label, sum);
    return sum;
  };
  const root = profile.nodes[0];
  if (root !== undefined) walk(root.id, new Set());
  top('Time within, callees included, without Node itself', within, total, 45);
  top('Self time by function, idle left out', byFunction, total, 40);
  top('Self time by file', byFile, total, 25);
}

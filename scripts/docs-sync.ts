// Writes the code and the tables that documents take from real files; with `--check` only tells what is out of date.
//
//   <!-- snippet: examples/compose/index.ts [region] -->  …  <!-- /snippet -->
//   <!-- commands: apps/cli/src/catalogue.ts -->  …  <!-- /commands -->
//   <!-- results: bench/results/gateway.json table -->  …  <!-- /results -->
//   <!-- kinds: packages/telemetry/src/kinds.ts -->  …  <!-- /kinds -->
//   <!-- metrics: packages/telemetry/src/exporters/prometheus/families.ts -->  …  <!-- /metrics -->
//   <!-- schema: packages/batch/src/workflow.schema.json part -->  …  <!-- /schema -->
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCommands } from './docs/commands.ts';
import { readKinds } from './docs/kinds.ts';
import { readMetrics } from './docs/metrics.ts';
import { renderResults } from './docs/results.ts';
import { renderSchema } from './docs/schema.ts';
import { renderSnippet } from './docs/snippet.ts';
import { root } from './workspace.mjs';

const marker =
  /(<!-- (snippet|results|commands|kinds|metrics|schema): (\S+)(?: (\S+))? -->\n)([\s\S]*?)(<!-- \/\2 -->)/g;
const opening = /<!-- (?:snippet|results|commands|kinds|metrics|schema): /g;
const fence = /^(`{3,})[\s\S]*?^\1$/gm;

const documents = globSync('**/*.md', {
  cwd: root,
  exclude: (name) => /(?:^|\/)(?:node_modules|dist|\.git|\.cache|\.changeset)$/.test(name),
}).sort();

const render = {
  snippet: renderSnippet,
  results: renderResults,
  schema: renderSchema,
  commands: await readCommands(root),
  kinds: await readKinds(root),
  metrics: await readMetrics(root),
};
const problems: string[] = [];
const outdated: string[] = [];

for (const document of documents) {
  const before = readFileSync(join(root, document), 'utf8');
  let found = 0;
  const after = before.replace(marker, (all, open: string, kind: keyof typeof render, path: string, name, _, close) => {
    found += 1;
    try {
      return `${open}${render[kind](root, path, name as string | undefined)}\n${close}`;
    } catch (error) {
      problems.push(`${document}: ${error instanceof Error ? error.message : String(error)}`);
      return all;
    }
  });
  // A marker that nothing ends would be passed over in silence.
  if ((before.replace(fence, '').match(opening)?.length ?? 0) > found)
    problems.push(`${document}: a marker is not closed`);
  if (after === before) continue;
  outdated.push(document);
  if (!process.argv.includes('--check')) writeFileSync(join(root, document), after);
}

for (const problem of problems) console.log(problem);
if (process.argv.includes('--check')) {
  for (const document of outdated)
    console.log(`${document} is out of date: run "npm run docs:sync" and commit what it writes.`);
} else {
  console.log(
    outdated.length === 0 ? `${documents.length} documents are up to date` : `written: ${outdated.join(', ')}`,
  );
}
if (problems.length > 0 || (outdated.length > 0 && process.argv.includes('--check'))) process.exitCode = 1;

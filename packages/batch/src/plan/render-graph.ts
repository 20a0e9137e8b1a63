import type { Plan } from './plan.ts';

const ms = (value: number): string => {
  if (value < 1_000) return `${Math.round(value)} ms`;
  return value < 60_000 ? `${(value / 1_000).toFixed(1)} s` : `${(value / 60_000).toFixed(1)} min`;
};

const labelOf = ({ id, kind, durationMs, durationFrom, items }: Plan['steps'][number]): string => {
  const many = items === 1 ? '' : ` × ${items ?? '?'}`;
  return `${id}\n${kind}${many}, ${durationFrom === 'guessed' ? '~' : ''}${ms(durationMs)}`;
};

/** Entities stand in Mermaid between `#` and `;`: what means something to it, or to HTML, is written by them. */
const mermaidText = (text: string): string =>
  text
    .replaceAll(/[#"&<>`;\\[\](){}|]/g, (character) => `#${character.codePointAt(0)};`)
    .replaceAll(/\r?\n/g, '<br/>')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no place in a picture
    .replaceAll(/[\u0000-\u001f\u007f]/g, ' ');

/** A flowchart (https://mermaid.js.org/syntax/flowchart.html). Thick: the critical path; dotted: an order alone. */
export const planToMermaid = (plan: Pick<Plan, 'steps' | 'dependencies'>): string => {
  const numbers = new Map(plan.steps.map(({ id }, at) => [id, at]));
  const lines = ['flowchart LR'];
  for (const [at, step] of plan.steps.entries()) lines.push(`  s${at}["${mermaidText(labelOf(step))}"]`);
  for (const { from, to, kind, what } of plan.dependencies) {
    const arrow = kind === 'order' ? '-.->' : '-->';
    const label = what === undefined ? '' : `|"${mermaidText(what)}"|`;
    lines.push(`  s${numbers.get(from)} ${arrow}${label} s${numbers.get(to)}`);
  }
  const critical = plan.steps.flatMap(({ isCritical }, at) => (isCritical ? [`s${at}`] : []));
  if (critical.length > 0) lines.push('  classDef critical stroke-width:3px', `  class ${critical.join(',')} critical`);
  return `${lines.join('\n')}\n`;
};

const dotText = (text: string): string =>
  `"${text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll(/\r?\n/g, '\\n')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they have no place in a picture
    .replaceAll(/[\u0000-\u001f\u007f]/g, ' ')}"`;

/** A graph for Graphviz (https://graphviz.org/doc/info/lang.html). Bold: the critical path; dashed: an order alone. */
export const planToDot = (plan: Pick<Plan, 'name' | 'steps' | 'dependencies'>): string => {
  const numbers = new Map(plan.steps.map(({ id }, at) => [id, at]));
  const lines = [`digraph ${dotText(plan.name)} {`, '  rankdir=LR;', '  node [shape=box];'];
  for (const [at, step] of plan.steps.entries())
    lines.push(`  s${at} [label=${dotText(labelOf(step))}${step.isCritical ? ', style=bold' : ''}];`);
  for (const { from, to, kind, what } of plan.dependencies) {
    const attributes = [
      ...(what === undefined ? [] : [`label=${dotText(what)}`]),
      ...(kind === 'order' ? ['style=dashed'] : []),
    ];
    const list = attributes.length === 0 ? '' : ` [${attributes.join(', ')}]`;
    lines.push(`  s${numbers.get(from)} -> s${numbers.get(to)}${list};`);
  }
  return `${lines.join('\n')}\n}\n`;
};

import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** The folders that tsconfig.json compiles. */
const compiled = /^(?:examples|tests|bench|packages|apps)\//;

const withoutIndent = (lines: readonly string[]): readonly string[] => {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const indent = Math.min(...indents);
  return lines.map((line) => line.slice(indent));
};

/** What stands between `// #region name` and the next `// #endregion`. */
const region = (source: string, name: string, path: string): string => {
  const lines = source.split('\n');
  const start = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const length = lines.slice(start + 1).findIndex((line) => line.trim().startsWith('// #endregion'));
  if (start === -1 || length === -1) {
    throw new Error(`${path} has no "// #region ${name}" that ends: correct the marker, or add the region.`);
  }
  return withoutIndent(lines.slice(start + 1, start + 1 + length)).join('\n');
};

/** The fenced code for a marker `snippet: path` or `snippet: path region`. */
export const renderSnippet = (root: string, path: string, name: string | undefined): string => {
  const language = extname(path).slice(1);
  if (/^[cm]?tsx?$/.test(language) && !compiled.test(path)) {
    throw new Error(
      `${path} is not compiled by tsconfig.json, so nobody would notice when it breaks: move it to examples/.`,
    );
  }
  const file = join(root, path);
  if (!existsSync(file)) throw new Error(`${path} is missing: correct the marker, or add the file.`);
  const source = readFileSync(file, 'utf8');
  const code = name === undefined ? source : region(source, name, path);
  return `\`\`\`${language}\n${code.trim()}\n\`\`\``;
};

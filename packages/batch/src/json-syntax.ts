export { findJsonProblem, type SyntaxOptions, type SyntaxProblem } from './json/syntax.ts';

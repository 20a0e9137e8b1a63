import { fileURLToPath } from 'node:url';
import type { CallFrame, StackNode } from './cpu-profile.ts';

/** Whose code a function is. */
export type Owner = 'own' | 'package' | 'node' | 'engine';

const pathOf = (url: string): string => {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url;
  } catch {
    return url;
  }
};

export const ownerOf = ({ url }: CallFrame): Owner => {
  if (url === '') return 'engine';
  if (url.startsWith('node:')) return 'node';
  return /[\\/]node_modules[\\/]/.test(url) ? 'package' : 'own';
};

export const nameOf = ({ functionName, url }: CallFrame): string =>
  functionName || (url === '' ? '(native)' : '(anonymous)');

/** File and line as short as they are clear: below node_modules, or below the working folder. */
export const placeOf = ({ url, lineNumber }: CallFrame, folder: string): string => {
  if (url === '') return '';
  const path = pathOf(url);
  const modules = Math.max(path.lastIndexOf('node_modules/'), path.lastIndexOf('node_modules\\'));
  const inside = path.startsWith(folder) ? path.slice(folder.length).replace(/^[\\/]/, '') : path;
  const short = modules >= 0 ? path.slice(modules + 'node_modules/'.length) : inside;
  return lineNumber >= 0 ? `${short}:${lineNumber + 1}` : short;
};

export interface FunctionTime {
  readonly name: string;
  readonly place: string;
  readonly selfUs: number;
  /** Part of all time that was not idle. */
  readonly share: number;
}

/** The functions that took most time themselves, over all stacks. */
export const topFunctions = (roots: readonly StackNode[], folder: string, count: number): readonly FunctionTime[] => {
  const sums = new Map<string, { readonly name: string; readonly place: string; selfUs: number }>();
  const add = ({ frame, selfUs, children }: StackNode): void => {
    const [name, place] = [nameOf(frame), placeOf(frame, folder)];
    const key = `${name}\n${place}`;
    const sum = sums.get(key) ?? { name, place, selfUs: 0 };
    sum.selfUs += selfUs;
    sums.set(key, sum);
    children.forEach(add);
  };
  roots.forEach(add);
  const total = roots.reduce((sum, { totalUs }) => sum + totalUs, 0);
  return [...sums.values()]
    .filter(({ selfUs }) => selfUs > 0)
    .sort((left, right) => right.selfUs - left.selfUs)
    .slice(0, count)
    .map((sum) => ({ ...sum, share: total === 0 ? 0 : sum.selfUs / total }));
};

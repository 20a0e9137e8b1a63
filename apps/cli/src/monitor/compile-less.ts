import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 leave its optimizing compilers alone: their code and what they make is 9 MB of a process that draws once a second,
 * and a frame takes 2.5 ms instead of 0.5.
 */
export const compileLess = (): void => {
  setFlagsFromString('--no-opt');
  setFlagsFromString('--no-maglev');
};

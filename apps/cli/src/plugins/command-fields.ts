import type { FlagSpec, PluginCommand } from '@hotpath/runtime';
import { oneLine } from '../plain-text.ts';

const types: readonly unknown[] = ['string', 'strings', 'number', 'boolean'] satisfies FlagSpec['type'][];

const isText = (value: unknown): boolean => value === undefined || typeof value === 'string';

/** A flag as plain data. Throws an `Error` that says what is wrong with it. */
const readFlag = (name: string, spec: FlagSpec): FlagSpec => {
  if (typeof spec !== 'object' || spec === null) throw new Error(`its flag "${name}" is no object`);
  const { type, description, short, value, between, integer } = spec;
  if (!types.includes(type)) throw new Error(`the type of its flag "${name}" is none of ${types.join(', ')}`);
  if (typeof description !== 'string') throw new Error(`its flag "${name}" has no description`);
  if (!isText(value)) throw new Error(`the "value" of its flag "${name}" is no text`);
  if (short !== undefined && !/^[a-z0-9]$/i.test(short))
    throw new Error(`the "short" of its flag "${name}" is no single letter or digit`);
  if (between !== undefined && !(Array.isArray(between) && between.length === 2))
    throw new Error(`the "between" of its flag "${name}" is no list of two numbers`);
  return {
    type,
    description: oneLine(description),
    ...(short !== undefined && { short }),
    ...(value !== undefined && { value }),
    ...(between !== undefined && { between }),
    ...(integer !== undefined && { integer }),
  };
};

/** All that a plugin's command declares, as plain data. Throws an `Error` that says what is wrong with it, or what its getters throw. */
export const readFields = (command: PluginCommand): Omit<PluginCommand, 'run'> => {
  const { argument, description, examples, flags = {}, run } = command;
  if (typeof run !== 'function') throw new Error('it has no "run"');
  if (!Array.isArray(examples) || !examples.every((each) => typeof each === 'string'))
    throw new Error('its "examples" are no list of texts');
  if (!isText(argument) || !isText(description)) throw new Error('its "argument" or "description" is no text');
  if (typeof flags !== 'object' || flags === null) throw new Error('its "flags" are no object');
  return {
    examples,
    flags: Object.fromEntries(Object.entries(flags).map(([name, spec]) => [name, readFlag(name, spec)])),
    ...(argument !== undefined && { argument }),
    ...(description !== undefined && { description }),
  };
};

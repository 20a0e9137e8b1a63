import type { InputField } from './step.ts';

export interface InputProblem {
  readonly input: string;
  readonly isMissing: boolean;
  readonly message: string;
}

type Inputs = Readonly<Record<string, unknown>>;

const typeOf = (value: unknown): InputField['type'] => {
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'object' && value !== null) return 'object';
  return typeof value as InputField['type'];
};

const ownOf = (given: Inputs, name: string): unknown =>
  (Object.hasOwn(given, name) ? given[name] : undefined) ?? undefined;

/** What an input is: as given, or else its default. Null is nothing. */
const inputValue = (name: string, { default: own }: InputField, given: Inputs): unknown =>
  ownOf(given, name) ?? own ?? undefined;

/** What a workflow is given, and the defaults of what it is not. */
export const withDefaults = (declared: Readonly<Record<string, InputField>> = {}, given: Inputs): Inputs => {
  const defaults = Object.entries(declared).filter(
    ([name, field]) => field.default !== undefined && ownOf(given, name) === undefined,
  );
  return defaults.length === 0
    ? given
    : { ...given, ...Object.fromEntries(defaults.map(([name, field]) => [name, field.default])) };
};

/** What is given against what is declared: all that is missing, or of another type. `isKnown`: whether a value is what it will be. */
export const findInputProblems = (
  declared: Readonly<Record<string, InputField>> = {},
  given: Inputs,
  isKnown: (value: unknown) => boolean = () => true,
): readonly InputProblem[] =>
  Object.entries(declared).flatMap(([input, field]): readonly InputProblem[] => {
    const { required, type } = field;
    const value = inputValue(input, field, given);
    if (value === undefined) {
      const wanted = type === undefined ? '' : `: it is a ${type}`;
      const message = `The input "${input}" is missing${wanted}. Give it.`;
      return required === true ? [{ input, isMissing: true, message }] : [];
    }
    if (type === undefined || !isKnown(value) || typeOf(value) === type) return [];
    return [{ input, isMissing: false, message: `The input "${input}" is a ${typeOf(value)}, and must be a ${type}.` }];
  });

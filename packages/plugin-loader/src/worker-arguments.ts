import { receiveError, type SentError, sendError } from './sent-error.ts';

/** Where something stood that cannot be copied: an argument, or a property of one. */
interface Place {
  readonly argument: number;
  readonly property?: string;
}

/** What cannot be copied and is stood in for in the other thread as long as the call lasts. */
export type Handed =
  | (Place & { readonly type: 'signal'; readonly reason?: SentError })
  | (Place & { readonly type: 'function' });

export interface SentArguments {
  /** Without what was handed over. */
  readonly args: readonly unknown[];
  readonly handed: readonly Handed[];
}

export const callIsOver = 'The call that this function was handed to is over: call it before that settles.';

type Standing = AbortSignal | ((...args: readonly unknown[]) => unknown);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

const canStand = (value: unknown): value is Standing => value instanceof AbortSignal || typeof value === 'function';

/**
 * Takes signals and functions out of arguments, and out of plain objects among them, one level deep. `originals` are in the order of
 * `handed`.
 */
export const takeOut = (args: readonly unknown[]): SentArguments & { readonly originals: readonly Standing[] } => {
  const handed: Handed[] = [];
  const originals: Standing[] = [];
  const take = (value: Standing, place: Place): undefined => {
    originals.push(value);
    if (typeof value === 'function') handed.push({ ...place, type: 'function' });
    else handed.push({ ...place, type: 'signal', ...(value.aborted && { reason: sendError(value.reason) }) });
  };
  const sent = args.map((value, argument) => {
    if (canStand(value)) return take(value, { argument });
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    if (!entries.some(([, each]) => canStand(each))) return value;
    return Object.fromEntries(
      entries.map(([property, each]) => [property, canStand(each) ? take(each, { argument, property }) : each]),
    );
  });
  return { args: sent, handed, originals };
};

/** Puts stand-ins where signals and functions stood. `call` asks the function of that number. */
export const putIn = (
  { args, handed }: SentArguments,
  call: (number: number, args: readonly unknown[]) => Promise<unknown>,
): { readonly args: readonly unknown[]; readonly controllers: ReadonlyMap<number, AbortController> } => {
  const controllers = new Map<number, AbortController>();
  const whole = [...args];
  const standInFor = (each: Handed, number: number): Standing => {
    if (each.type === 'function') {
      return (...given) => {
        const answered = call(number, given);
        // Whoever does not wait for it does not want to die of it either.
        answered.catch(() => {});
        return answered;
      };
    }
    const controller = new AbortController();
    if (each.reason === undefined) controllers.set(number, controller);
    else controller.abort(receiveError(each.reason));
    return controller.signal;
  };
  for (const [number, each] of handed.entries()) {
    const standIn = standInFor(each, number);
    if (each.property === undefined) whole[each.argument] = standIn;
    else (whole[each.argument] as Record<string, unknown>)[each.property] = standIn;
  }
  return { args: whole, controllers };
};

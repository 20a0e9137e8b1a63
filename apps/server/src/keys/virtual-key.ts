export const budgetPeriods = ['hour', 'day', 'week', 'month', 'total'] as const;

/** Hours, days, weeks from Monday and months begin at fixed borders in UTC; `total` never ends. */
export type BudgetPeriod = (typeof budgetPeriods)[number];

export interface Budget {
  /** US dollars, exact to a billionth. */
  readonly usd: number;
  readonly per: BudgetPeriod;
}

/** In whole numbers. What is left out is not limited; 0 allows nothing. */
export interface KeyLimits {
  /** Calls at the same time. */
  readonly concurrency?: number;
  /** Calls begun in any 60 s. */
  readonly requestsPerMinute?: number;
  /** Tokens of the calls begun in any 60 s, input and output together. */
  readonly tokensPerMinute?: number;
}

/** Whose cached answers a key may see: its own, or those of all keys of its team. */
export type KeyCacheScope = 'key' | 'team';

/** What an operator decides about a key. */
export interface KeySettings {
  /** Not that of another key. */
  readonly name: string;
  /** Epoch milliseconds; null for never. */
  readonly expiresAt: number | null;
  readonly disabled: boolean;
  readonly tags: readonly string[];
  readonly team: string | null;
  /** Patterns over `provider/model` and the names of routes; null for all models. */
  readonly models: readonly string[] | null;
  readonly limits: KeyLimits;
  /** At most one for each period; all of them hold. */
  readonly budgets: readonly Budget[];
  /** Null for what the server's own `cacheScope` says. */
  readonly cacheScope: KeyCacheScope | null;
}

/** One of the secrets that open a key: there are several while an old one is still valid after a rotation. */
export interface SecretInfo {
  /** Its first 8 characters. */
  readonly prefix: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Epoch milliseconds; null for as long as the key. */
  readonly expiresAt: number | null;
}

export interface VirtualKey extends KeySettings {
  readonly id: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The newest first. */
  readonly secrets: readonly SecretInfo[];
}

/**
 * What is left out or undefined stays. A list stands for the whole list; of `limits`, each is changed by itself, and null removes
 * it. `expiresAt` may also be a text: a date, or a time with its zone (ISO 8601).
 */
export type KeyChanges = {
  readonly [Name in keyof KeySettings]?:
    | (Name extends 'limits' ? LimitChanges : KeySettings[Name])
    | (Name extends 'expiresAt' ? string : never)
    | undefined;
};

export type NewKey = Omit<KeyChanges, 'name'> & Pick<KeySettings, 'name'>;

export type LimitChanges = { readonly [Name in keyof KeyLimits]?: number | null | undefined };

/** Why a key does not open anything now. */
export type KeyStatus = 'active' | 'disabled' | 'expired';

export const statusOf = ({ disabled, expiresAt }: KeySettings, now: number): KeyStatus => {
  if (disabled) return 'disabled';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
};

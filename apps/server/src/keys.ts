// What the command line needs of keys, without the server itself.
export type { KeyErrorCode } from './keys/errors.ts';
export { KeyError, noSuchKey } from './keys/errors.ts';
export { createKeyLimits } from './keys/gatekeeper.ts';
export type {
  BudgetState,
  CallUsage,
  Spending,
  SpendingQuery,
  SpendingRefusal,
  SpendingReservation,
  SpendingRow,
} from './keys/spending.ts';
export type { IssuedKey, KeyStore, KeyStoreOptions, Verified } from './keys/store.ts';
export { keyFileIn, openKeyStore } from './keys/store.ts';
export type { KeyView } from './keys/view.ts';
export { keyView } from './keys/view.ts';
export type {
  Budget,
  BudgetPeriod,
  KeyCacheScope,
  KeyChanges,
  KeyLimits,
  KeySettings,
  KeyStatus,
  LimitChanges,
  NewKey,
  SecretInfo,
  VirtualKey,
} from './keys/virtual-key.ts';

const sqliteBusy = 5;

/** Whether another connection writes: the same may be tried again. */
export const isBusy = (error: unknown): boolean => {
  const { errcode } = (error ?? {}) as { readonly errcode?: unknown };
  // Extended codes tell more in the bits above.
  return typeof errcode === 'number' && (errcode & 0xff) === sqliteBusy;
};

/** Names of what nobody should read over a shoulder, or in a log. */
export const isSecretName = (name: string): boolean =>
  /(?:key|token|secret|password|passwd|passphrase|credential|auth)s?$/i.test(name);

/** Inputs as they may be shown. */
export const shownInputs = (inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, isSecretName(name) ? '***' : value]));

/** Inputs as they may be written to a file: those that are secret are left out. */
export const plainInputs = (inputs: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(inputs).filter(([name]) => !isSecretName(name)));

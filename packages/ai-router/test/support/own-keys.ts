import { type Credential, credentialOf } from '../../src/credential.ts';
import type { Provider } from '../../src/provider.ts';

/** Keys as clients have them, with nothing behind them. */
export const keys = {
  anthropic: 'sk-ant-api03-Zm9yLXRlc3RzLW9ubHkgMDE-AAAA',
  anthropicToken: 'sk-ant-oat01-Zm9yLXRlc3RzLW9ubHkgMDI-BBBB',
  openai: 'sk-proj-Zm9yLXRlc3RzLW9ubHkgMDM',
  olderOpenai: ['sk-Zm9yLXRlc3RzLW9u', 'bHkgMDM4'].join('T3BlbkFJ'),
  bare: 'sk-666f722d74657374732d6f6e6c792038',
  xai: 'xai-Zm9yLXRlc3RzLW9ubHkgMDQ',
  opaque: 'token-of-some-proxy-01',
} as const;

/** The key as a client sends it. */
export const own = (key: string, headers: Readonly<Record<string, string>> = {}): Credential => {
  const credential = credentialOf({ authorization: `Bearer ${key}`, ...headers });
  if (!credential) throw new Error(`${key} is no key`);
  return credential;
};

/** Has a provider take the keys of one owner. */
export const taking = <Kind extends Provider>(provider: Kind, owner: string, more: Partial<Provider> = {}): Kind =>
  Object.assign(provider, { takes: (credential: Credential) => credential.owner === owner }, more);

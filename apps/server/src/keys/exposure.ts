import { isLoopback } from '../guard.ts';
import { keysRequired } from './errors.ts';

export interface ExposureOptions {
  /** The address to listen on. */
  readonly host: string;
  readonly hasKeys: boolean;
  /** The operator's word that strangers may use the server without a key. @default false */
  readonly allowAnonymous?: boolean | undefined;
}

/**
 * Whether requests may pass without a key while there is none: on an address that only this machine reaches, or where the
 * operator said so. Throws `KEYS_REQUIRED` for another address without any key. What it returns holds for as long as the
 * server listens: should the last key be deleted meanwhile, strangers get no further than before.
 */
export const anonymousAllowed = ({ host, hasKeys, allowAnonymous = false }: ExposureOptions): boolean => {
  if (allowAnonymous || isLoopback(host)) return true;
  if (!hasKeys) throw keysRequired(host);
  return false;
};

import { type KeyOwner, ownerOfKey } from './key-owners.ts';
import type { Provider } from './provider.ts';
import { sha256 } from './sha256.ts';

/**
 * A client's own key to a provider. It holds no field with the key itself, so that printing it or writing it as JSON shows
 * nothing.
 */
export interface Credential {
  /** Whose key it is by its looks, such as `anthropic`; undefined where they do not tell. */
  readonly owner: string | undefined;
  /** Whether nobody else's keys look so. */
  readonly isSure: boolean;
  /** The header that it came in. */
  readonly scheme: 'bearer' | 'x-api-key';
  /** Names the key: 128 bits of its SHA-256. */
  readonly hash: string;
  /** What the client says of itself, which goes where its key goes and changes no answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** The key, for the call that it is sent with and for nothing else. */
  reveal(): string;
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Some tokens are only good from the tool that they were given to, which says so here: Claude Code (`user-agent`, `x-app`), a
 * page in a browser (`anthropic-dangerous-direct-browser-access`), Codex CLI (`originator`, and its session).
 */
const companions = [
  'user-agent',
  'x-app',
  'anthropic-dangerous-direct-browser-access',
  'originator',
  'session_id',
  'conversation_id',
] as const;

/** What people write where a tool wants a key and nobody needs one; virtual keys are the gateway's own affair. */
const placeholder =
  /^(?:hp-.*|sk-)$|(?:^|[-_.])(?:placeholder|dummy|fake|unused|none|null|undefined|empty|example|ignored?|no-?key|not-?(?:needed|used|required)|your|hotpath|x{3,}|\*{3,}|\.{3,})(?:$|[-_.])/i;
/** Anything but visible ASCII. */
const unsendable = /[^\x21-\x7e]/;
const shortest = 8;
/** Tokens of the web have a few kilobytes at most. */
const longest = 8192;
/** Nobody writes a longer one, and keys of vendors mostly are longer. */
const longestPlaceholder = 64;

const isKey = (text: string): boolean =>
  text.length >= shortest &&
  text.length <= longest &&
  !unsendable.test(text) &&
  !(text.length <= longestPlaceholder ? placeholder.test(text) : text.startsWith('hp-'));

const bearerOf = ({ authorization }: Headers): string | undefined =>
  typeof authorization === 'string' && /^Bearer\s/i.test(authorization) ? authorization.slice(7).trim() : undefined;

/**
 * Finds a client's own key among the headers of its request (names in lower case): in `x-api-key` or `authorization: Bearer`, the one
 * whose owner its looks tell first. Undefined where there is none, and for placeholders such as `unused` and
 * `sk-no-key-required`.
 */
export function credentialOf(headers: Headers): Credential | undefined {
  const apiKey = headers['x-api-key'];
  const first = typeof apiKey === 'string' ? read(apiKey.trim(), 'x-api-key') : undefined;
  if (first?.owner) return new OwnKey(first, headers);
  const bearer = bearerOf(headers);
  const second = bearer === undefined ? undefined : read(bearer, 'bearer');
  const best = second?.owner ? second : (first ?? second);
  return best && new OwnKey(best, headers);
}

interface FoundKey {
  readonly key: string;
  readonly scheme: Credential['scheme'];
  readonly owner: KeyOwner | undefined;
}

const read = (key: string, scheme: Credential['scheme']): FoundKey | undefined =>
  isKey(key) ? { key, scheme, owner: ownerOfKey(key) } : undefined;

/** A class, since an object with accessors of its own takes a microsecond to make, for each request with a key. */
class OwnKey implements Credential {
  readonly owner: string | undefined;
  readonly isSure: boolean;
  readonly scheme: Credential['scheme'];
  readonly #key: string;
  readonly #client: Headers;
  #hash: string | undefined;

  constructor({ key, scheme, owner }: FoundKey, client: Headers) {
    this.owner = owner?.owner;
    this.isSure = owner?.isSure ?? false;
    this.scheme = scheme;
    this.#key = key;
    this.#client = client;
  }

  /** Not before it is needed: most requests to a gateway with keys of its own never do. */
  get hash(): string {
    this.#hash ??= sha256(`own-key:${this.#key}`).slice(0, 22);
    return this.#hash;
  }

  get headers(): Readonly<Record<string, string>> {
    return saidOf(this.#client);
  }

  reveal(): string {
    return this.#key;
  }
}

function saidOf(headers: Headers): Record<string, string> {
  const said: Record<string, string> = {};
  for (const name of companions) {
    const value = headers[name];
    if (typeof value === 'string' && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)) said[name] = value;
  }
  return said;
}

/** The key to send to a provider in place of its own; undefined where that gets none of the client's. */
export const credentialFor = (provider: Provider, credential: Credential | undefined): Credential | undefined =>
  credential && provider.takes?.(credential) === true ? credential : undefined;

/** A text of a provider's, which may quote the key that it was sent. */
export const withoutKey = (text: string, credential: Credential | undefined): string =>
  credential ? text.replaceAll(credential.reveal(), '***') : text;

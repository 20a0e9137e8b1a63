import crypto from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { AdminKey } from '../admin-key.ts';

export interface SessionsOptions {
  readonly adminKey: Pick<AdminKey, 'opens'>;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: (() => number) | undefined;
}

/** Who has signed in with the admin key. They are forgotten when the process ends. */
export interface Sessions {
  /**
   * The value of `set-cookie` for whoever gives the right key, whatever was tried before: keys are too long to be guessed, and nobody keeps
   * another out by trying. Else why not. `address`: from where it is tried.
   */
  open(key: string, address: string, isSecure: boolean): { readonly cookie: string } | 'wrong' | 'too many';
  /** Whether a request comes with the cookie of a session. */
  has(headers: IncomingHttpHeaders): boolean;
  /** Ends the request's session; the value of `set-cookie` that removes it. */
  close(headers: IncomingHttpHeaders): string;
}

const name = 'hotpath_session';
const lifeMs = 12 * 3_600_000;
/** Wrong keys within a minute from one address, after which it is told to wait. */
const mostWrong = 20;
/** What is remembered of them, of whichever addresses. */
const mostRemembered = 10_000;
const minuteMs = 60_000;

const digest = (token: string): string => crypto.hash('sha256', token);

const tokenIn = ({ cookie = '' }: IncomingHttpHeaders): string | undefined =>
  cookie
    .split(/;\s*/)
    .find((each) => each.startsWith(`${name}=`))
    ?.slice(name.length + 1);

// Out of reach of scripts, and of what other sites have the browser send.
const cookieOf = (value: string, seconds: number, isSecure: boolean): string =>
  `${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${isSecure ? '; Secure' : ''}`;

export const createSessions = ({ adminKey, now = Date.now }: SessionsOptions): Sessions => {
  /** By the digest of its token: when it ends. */
  const ends = new Map<string, number>();
  /** Wrong keys of the last minute, the oldest first. */
  let wrong: { readonly at: number; readonly from: string }[] = [];

  const countWrong = (from: string): number => {
    wrong = wrong.filter(({ at }) => at > now() - minuteMs).slice(1 - mostRemembered);
    wrong.push({ at: now(), from });
    return wrong.filter((each) => each.from === from).length;
  };

  const forgetOld = (): void => {
    for (const [token, end] of ends) if (end <= now()) ends.delete(token);
  };

  return {
    open(key, address, isSecure) {
      if (!adminKey.opens({ authorization: `Bearer ${key}` }))
        return countWrong(address) > mostWrong ? 'too many' : 'wrong';
      forgetOld();
      const token = crypto.randomBytes(32).toString('base64url');
      ends.set(digest(token), now() + lifeMs);
      return { cookie: cookieOf(token, lifeMs / 1000, isSecure) };
    },
    has(headers) {
      const token = tokenIn(headers);
      return token !== undefined && (ends.get(digest(token)) ?? 0) > now();
    },
    close(headers) {
      const token = tokenIn(headers);
      if (token !== undefined) ends.delete(digest(token));
      return cookieOf('', 0, false);
    },
  };
};

import crypto from 'node:crypto';
import { linkSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { makeFolder } from '@hotpath/runtime';
import { adminKeyInvalid, adminKeyUnavailable } from './keys/errors.ts';

export interface AdminKeyOptions {
  /** The user's state folder. */
  readonly folder: string;
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** The key of the admin API. The key itself is nowhere to be asked for. */
export interface AdminKey {
  /** Whether a request came with it, as `authorization: Bearer` or `x-api-key`. Takes the same time for every wrong one. */
  opens(headers: IncomingHttpHeaders): boolean;
  /** The file that holds it; undefined where it came from the environment. */
  readonly path: string | undefined;
}

const leastLength = 32;
const variable = 'HOTPATH_ADMIN_KEY';

const digest = (text: string): Buffer => crypto.hash('sha256', text, 'buffer');

/** Made whole under another name first: whoever starts at the same moment never reads half of it, and only one is kept. */
const makeFile = (folder: string, path: string): void => {
  makeFolder(folder);
  const draft = `${path}.${process.pid}.${crypto.randomBytes(4).toString('hex')}`;
  writeFileSync(draft, `hp-admin-${crypto.randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  try {
    linkSync(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
};

const readKeyFile = (path: string): string | undefined => {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return undefined;
  if (process.platform !== 'win32' && (status.mode & 0o077) !== 0) {
    throw adminKeyInvalid(
      `Others can read the admin key in ${path}. Delete the file, so that the next start makes a new key.`,
    );
  }
  const key = readFileSync(path, 'utf8').trim();
  if (key.length < leastLength) {
    throw adminKeyInvalid(`${path} holds no admin key. Delete the file, so that the next start makes one.`);
  }
  return key;
};

const findKey = ({ folder, environment = process.env }: AdminKeyOptions): { key: string; path: string | undefined } => {
  const given = environment[variable]?.trim();
  if (given) {
    if (given.length < leastLength) {
      throw adminKeyInvalid(
        `${variable} must have at least ${leastLength} characters, such as "openssl rand -hex 32" prints. Choose a longer one, or unset it to have one made.`,
      );
    }
    return { key: given, path: undefined };
  }
  const path = join(folder, 'admin.key');
  try {
    const present = readKeyFile(path);
    if (present !== undefined) return { key: present, path };
    makeFile(folder, path);
    return { key: readKeyFile(path) ?? '', path };
  } catch (error) {
    if ((error as { code?: unknown }).code === 'KEYS_ADMIN_KEY_INVALID') throw error;
    throw adminKeyUnavailable(path, variable, error);
  }
};

/**
 * The admin key: `HOTPATH_ADMIN_KEY`, else the one in `admin.key` of the state folder, which the first start makes, for this
 * user alone (0600). Throws `KEYS_ADMIN_KEY_INVALID` for one that is too short, and for a file that others can read;
 * `KEYS_ADMIN_KEY_UNAVAILABLE` for a file that can be neither read nor made.
 */
export const openAdminKey = (options: AdminKeyOptions): AdminKey => {
  const { key, path } = findKey(options);
  const expected = digest(key);
  return {
    path,
    opens(headers) {
      const bearer = headers.authorization?.replace(/^Bearer\s+/i, '').trim() ?? '';
      const apiKey = String(headers['x-api-key'] ?? '').trim();
      // Digests are of one length, so that comparing them tells nothing, not even how long the key is.
      const isBearer = crypto.timingSafeEqual(digest(bearer), expected);
      const isApiKey = crypto.timingSafeEqual(digest(apiKey), expected);
      return isBearer || isApiKey;
    },
  };
};

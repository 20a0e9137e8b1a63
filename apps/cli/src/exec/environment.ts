import { basename } from 'node:path';
import { ownValue } from '../own-value.ts';
import { type Api, keys, type Program, programs, variables } from './variables.ts';

/** Recognised by the runtime, which takes it for no key. */
const placeholderKey = 'sk-hotpath-placeholder';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Pointing {
  /** The gateway's address, without a slash at its end. */
  readonly url: string;
  readonly apis: readonly Api[];
  /** The program about to run, where there is one. */
  readonly program?: string | undefined;
  readonly environment: Environment;
}

const loopbackHosts = ['localhost', '127.0.0.1', '::1'];

const isLoopback = (url: string): boolean => {
  const { hostname } = new URL(url);
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
};

const isSet = (environment: Environment, name: string): boolean => (environment[name] ?? '').trim() !== '';

/**
 * Exceptions from a proxy that is set, so that nobody looks for the gateway on the proxy's own machine. Tools disagree on
 * which spelling goes first: both say the same.
 */
export const proxyExceptions = (url: string, environment: Environment): Record<string, string> => {
  const isProxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].some(
    (name) => isSet(environment, name) || isSet(environment, name.toLowerCase()),
  );
  if (!isProxied || !isLoopback(url)) return {};
  const given = [environment.no_proxy, environment.NO_PROXY]
    .flatMap((list) => (list ?? '').split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (given.includes('*')) return {};
  const list = [...new Set([...given, ...loopbackHosts])].join(',');
  return { NO_PROXY: list, no_proxy: list };
};

const settingsOf = (program = ''): Program => {
  const name = basename(program).replace(/\.(exe|cmd|ps1)$/i, '');
  return ownValue(programs, name) ?? {};
};

/**
 * The variables that point tools at a gateway. Base URLs replace what is set, since that is what was asked for; a key is
 * set only where there is none, and opens nothing.
 */
export const pointedVariables = ({ url, apis, program, environment }: Pointing): Record<string, string> => {
  const special = settingsOf(program);
  const isPointed = ({ api }: { readonly api: Api }): boolean => apis.includes(api);
  const baseUrls = [...variables, ...(special.variables ?? [])]
    .filter(isPointed)
    .map(({ name, isVersioned }) => [name, isVersioned ? `${url}/v1` : url]);
  const placeholders = keys
    .filter(isPointed)
    .map((key) => (special.key?.api === key.api ? special.key : key))
    .filter(({ name, alternatives }) => ![name, ...alternatives].some((each) => isSet(environment, each)))
    .map(({ name }) => [name, placeholderKey]);
  return {
    HOTPATH_URL: url,
    ...Object.fromEntries([...baseUrls, ...placeholders]),
    ...proxyExceptions(url, environment),
  };
};

/** What goes before the arguments of a program that reads no variable. */
export const pointedArguments = ({ url, apis, program }: Omit<Pointing, 'environment'>): readonly string[] => {
  const special = settingsOf(program).arguments;
  return special === undefined || !apis.includes(special.api) ? [] : special.of(`${url}/v1`);
};

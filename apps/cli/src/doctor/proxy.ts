import { type Check, ok, warned } from './check.ts';

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'];

const isLoopbackExcepted = (list: string): boolean =>
  list.split(',').some((entry) => ['*', 'localhost', '127.0.0.1'].includes(entry.trim()));

/** What proxy variables do to the way to providers and to a gateway on this machine. */
export const checkProxy = (environment: NodeJS.ProcessEnv): Check => {
  const code = 'PROXY';
  const set = names.flatMap((name) => [name, name.toLowerCase()]).filter((name) => environment[name]);
  if (set.length === 0) return ok(code, 'no proxy is set.');
  for (const name of set) {
    const value = environment[name] ?? '';
    if (!URL.canParse(value) || !/^(https?|socks\w*):$/.test(new URL(value).protocol)) {
      return warned(code, `${name} is no address of a proxy.`, 'Write it as http://host:port, or unset it.');
    }
  }
  const exceptions = environment.no_proxy ?? environment.NO_PROXY ?? '';
  if (!isLoopbackExcepted(exceptions)) {
    return warned(
      code,
      `${set.join(', ')} is set without an exception for this machine: tools look for a local gateway on the proxy's.`,
      'export NO_PROXY=localhost,127.0.0.1,::1',
    );
  }
  if (environment.NODE_USE_ENV_PROXY !== '1') {
    return warned(
      code,
      `${set.join(', ')} is set, and Node goes to providers directly.`,
      'Where only the proxy leads outside: export NODE_USE_ENV_PROXY=1',
    );
  }
  return ok(code, `${set.join(', ')} is set, with exceptions for this machine.`);
};

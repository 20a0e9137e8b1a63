import { gatewayUnreachable, usageError } from '../errors.ts';
import { proxyExceptions } from './environment.ts';

/** Where a running gateway should be. */
export interface GatewayAddress {
  readonly text: string;
  /** What to do, other than start one, where none is there. */
  readonly otherwise: string;
  /** The command whose help tells how to name one. @default "exec" */
  readonly command?: string;
}

const patienceMs = 3_000;

/** An address as a person may give it, also with the `/v1` of a base URL. Throws a usage error for what is none. */
const readUrl = (text: string, command: string): string => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && url.username + url.password !== '') {
    throw usageError(
      'the address of a gateway has no name and password. Keys go into OPENAI_API_KEY and its like.',
      command,
    );
  }
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') {
    throw usageError(`"${text}" is no address of a gateway. Write it as http://127.0.0.1:4000.`, command);
  }
  return url.href.replace(/\/+$/, '').replace(/\/v1$/, '');
};

const reasonOf = (error: unknown): string => {
  const { name, message, cause } = error as Error & { readonly cause?: NodeJS.ErrnoException };
  if (name === 'TimeoutError') return `silent for ${patienceMs / 1000} s`;
  return cause?.code ?? cause?.message ?? message;
};

/** Gets a text, as `fetch` does. */
type GetText = (
  url: string,
  options: { readonly signal: AbortSignal },
) => Promise<{ readonly status: number; readonly text: string }>;

const getByFetch: GetText = async (url, options) => {
  const answer = await fetch(url, options);
  return { status: answer.status, text: await answer.text() };
};

const isHealthy = (text: string): boolean => {
  try {
    const health: unknown = JSON.parse(text);
    return typeof health === 'object' && health !== null && 'status' in health && health.status === 'ok';
  } catch {
    return false;
  }
};

/** The address of a running gateway, in the form in which SDKs want it. Throws `CLI_GATEWAY_UNREACHABLE` if none answers. */
export const findRunningGateway = async (
  { text, otherwise, command = 'exec' }: GatewayAddress,
  get: GetText = getByFetch,
): Promise<string> => {
  const url = readUrl(text, command);
  // Node can be told to heed proxies as well, and reads their exceptions at each call.
  Object.assign(process.env, proxyExceptions(url, process.env));
  let answer: Awaited<ReturnType<GetText>>;
  try {
    answer = await get(`${url}/healthz`, { signal: AbortSignal.timeout(patienceMs) });
  } catch (error) {
    throw gatewayUnreachable(url, reasonOf(error), otherwise);
  }
  if (answer.status === 200 && isHealthy(answer.text)) return url;
  throw gatewayUnreachable(url, `what is there answers ${answer.status}, and not as a gateway does`, otherwise);
};

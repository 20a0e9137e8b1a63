import type { IncomingHttpHeaders } from 'node:http';

/** The header in which a client names its agent. It is for the gateway alone, and not sent on. */
const agentHeader = 'x-hotpath-agent';

/** Printable ASCII, without spaces at its ends: safe in a table and in a metric. */
const acceptable = /^[!-~](?:[ -~]{0,62}[!-~])?$/;

/**
 * The first product of a `user-agent`, with the names that stand before its version: of "OpenAI/Python 1.2" that is both, of
 * "claude-cli/1.0 (cli)" the first. Clients of OpenAI and Anthropic that ask asynchronously are the same product.
 */
const product = /^(?:Async(?=[A-Z]))?([a-z][\w.+:-]{0,31}(?:\/(?!v\d)[a-z][\w.+:-]{0,31}){0,2})/i;

const longest = 48;

/**
 * What asks, as it says itself: `x-hotpath-agent`, up to 64 printable characters, else the product that its `user-agent` names, without
 * its version and in lower case, such as `claude-cli` or `openai-python`. Undefined where it says neither.
 */
export const agentOf = ({ [agentHeader]: given, 'user-agent': client }: IncomingHttpHeaders): string | undefined => {
  if (typeof given === 'string' && acceptable.test(given)) return given;
  const [, found] = product.exec(client ?? '') ?? [];
  return found?.toLowerCase().replace(/[/:]+/g, '-').slice(0, longest).replace(/\W+$/, '');
};

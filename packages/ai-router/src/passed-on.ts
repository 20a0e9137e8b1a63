const exact = new Set(['retry-after', 'retry-after-ms', 'request-id', 'x-request-id', 'anthropic-organization-id']);

/** The headers of a provider's answer that mean something to its client. */
export function passedOn(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (typeof value !== 'string') continue;
    if (exact.has(name) || name.startsWith('x-ratelimit-') || name.startsWith('anthropic-ratelimit-')) {
      kept[name] = value;
    }
  }
  return kept;
}

import type { IncomingHttpHeaders } from 'node:http';

/** Version, trace, parent and flags. What a later version adds follows after another dash. */
const layout = /^(?!ff)([0-9a-f]{2})-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
const length = 55;

/**
 * The header `traceparent` as far as this version of it goes; undefined where there is none, or none that holds.
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export const traceOf = ({ traceparent }: IncomingHttpHeaders): string | undefined => {
  if (typeof traceparent !== 'string') return undefined;
  const [, version, further] = layout.exec(traceparent) ?? [];
  if (version === undefined || (version === '00' && further !== undefined)) return undefined;
  return `00${traceparent.slice(2, length)}`;
};

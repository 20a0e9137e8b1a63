import { TelemetryError } from './errors.ts';
import type { EventKind } from './kind.ts';
import { alertKind } from './kinds/alert.ts';
import { attemptKind } from './kinds/attempt.ts';
import { runKind, stepKind } from './kinds/batch.ts';
import { loadKind, lookupKind, queryKind } from './kinds/cache.ts';
import { commandKind, faultKind, pluginKind, sampleKind } from './kinds/process.ts';
import { refusalKind } from './kinds/refusal.ts';
import { requestKind } from './kinds/request.ts';

/** Every kind of event that is recorded, as the reference lists them. */
export const eventKinds: readonly EventKind[] = [
  requestKind,
  attemptKind,
  refusalKind,
  lookupKind,
  loadKind,
  queryKind,
  stepKind,
  runKind,
  commandKind,
  sampleKind,
  pluginKind,
  faultKind,
  alertKind,
];

/** The kind of this name. Throws `TELEMETRY_QUERY_INVALID`. */
export const kindNamed = (name: string): EventKind => {
  const kind = eventKinds.find((each) => each.name === name);
  if (kind !== undefined) return kind;
  throw new TelemetryError(
    'TELEMETRY_QUERY_INVALID',
    `There are no events of the kind "${name}". There are: ${eventKinds.map((each) => each.name).join(', ')}.`,
  );
};

import { faultKind } from '../kinds/process.ts';
import { refusalKind } from '../kinds/refusal.ts';
import type { Source } from '../source.ts';
import { codeOf } from './code-of.ts';
import { listenOnChannels } from './listen.ts';
import { queryRecorder } from './queries.ts';

interface RequestRefused {
  readonly requestId?: string | undefined;
  readonly protocol: string;
  readonly status: number;
  readonly code: string;
  readonly keyId?: string | undefined;
}
interface Reload {
  readonly outcome: string;
  readonly error?: { readonly code: string };
}

/** Records what the gateway refuses, what it asks of its key file, and configurations and plugins that could not be loaded anew. `now`: epoch milliseconds. */
export const serverSource = ({ now = Date.now }: { readonly now?: (() => number) | undefined } = {}): Source => ({
  name: 'server',
  start(collector, listen = listenOnChannels) {
    const refusals = collector.recorder(refusalKind);
    const faults = collector.recorder(faultKind);
    const reload =
      (part: string) =>
      ({ outcome, error }: Reload): void => {
        if (outcome !== 'rejected' && outcome !== 'failed') return;
        faults.names[faultKind.dimensionAt.part] = part;
        faults.names[faultKind.dimensionAt.code] = codeOf(error) || outcome;
        faults.push(now());
      };
    return listen({
      'hotpath:server:request-refused'({ requestId, protocol, status, code, keyId }: RequestRefused) {
        const { dimensionAt } = refusalKind;
        refusals.names[dimensionAt.protocol] = protocol;
        refusals.names[dimensionAt.code] = code;
        refusals.names[dimensionAt.key] = keyId ?? '';
        refusals.names[dimensionAt.status] = String(status);
        refusals.push(now(), requestId);
      },
      'hotpath:server:key-query-end': queryRecorder(collector, 'keys', now),
      'hotpath:runtime:config-reload': reload('configuration'),
      'hotpath:runtime:plugin-reload': reload('plugins'),
    });
  },
});

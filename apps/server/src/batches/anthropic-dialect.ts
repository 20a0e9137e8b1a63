import { around, type Dialect } from './dialect.ts';
import { onOneLine } from './one-line.ts';

const types = { cancelled: 'canceled', expired: 'expired' };

/** https://platform.claude.com/docs/en/api/messages/batches/results */
export const anthropicDialect: Dialect = {
  name: 'anthropic',
  protocol: () => 'anthropic-messages',
  readLine(bytes) {
    const { custom_id: customId, params } = JSON.parse(bytes.toString());
    return { customId, body: params };
  },
  writeResult(customId, outcome) {
    const start = `{"custom_id":${JSON.stringify(customId)},"result":{"type":`;
    if (!('body' in outcome)) {
      return Buffer.from(`${start}"${types[outcome.kind]}"}}`);
    }
    if (outcome.kind === 'succeeded') return around(`${start}"succeeded","message":`, onOneLine(outcome.body), '}}');
    const error = JSON.parse(outcome.body.toString());
    error.request_id ??= outcome.requestId;
    return Buffer.from(`${start}"errored","error":${JSON.stringify(error)}}}`);
  },
};

import { answerPaths } from '../routes/answers.ts';
import { around, type Dialect } from './dialect.ts';
import { makeId } from './ids.ts';
import { onOneLine } from './one-line.ts';

/** The paths that OpenAI's batches can be for, as far as models answer on them here. */
export const batchEndpoints: readonly string[] = ['/v1/chat/completions', '/v1/responses', '/v1/embeddings'].filter(
  (path) => Object.hasOwn(answerPaths, path),
);

/** Why a line was never answered, in OpenAI's words. */
const reasons = {
  expired: {
    code: 'batch_expired',
    message: 'This request could not be executed before the completion window expired.',
  },
  cancelled: { code: 'batch_cancelled', message: 'This request was not executed because the batch was cancelled.' },
};

/** https://platform.openai.com/docs/api-reference/batch/request-output */
export const openaiDialect: Dialect = {
  name: 'openai',
  protocol: ({ endpoint }) => answerPaths[endpoint] ?? 'openai-chat',
  readLine(bytes) {
    const { custom_id: customId, body } = JSON.parse(bytes.toString());
    return { customId, body };
  },
  writeResult(customId, outcome) {
    const start = `{"id":"${makeId('batch_req_')}","custom_id":${JSON.stringify(customId)}`;
    if (!('body' in outcome)) {
      return Buffer.from(`${start},"response":null,"error":${JSON.stringify(reasons[outcome.kind])}}`);
    }
    const { status, requestId, body } = outcome;
    const head = `"status_code":${status},"request_id":${JSON.stringify(requestId)}`;
    return around(`${start},"response":{${head},"body":`, onOneLine(body), '},"error":null}');
  },
};

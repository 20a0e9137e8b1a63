import type { JsonObject } from '../../wire-format.ts';
import { isObject, parseObject, textOf } from '../json.ts';
import type { StreamProtocol } from '../stream-protocol.ts';
import { decodeEventError, decodeFailure } from './error.ts';
import { decodeFinish } from './finish.ts';
import { mayMatter } from './may-matter.ts';
import { saidIn } from './output.ts';
import { followItems } from './stream-items.ts';
import { decodeUsage } from './usage.ts';

/**
 * Response events. The one that ends a response holds all of it; without it nothing tells that the answer is whole, so
 * there is no terminator to append.
 */
export const responsesStream: StreamProtocol = {
  terminator: '',
  mayMatter,
  createReader(answer, { translating }) {
    const items = followItems(answer, translating);

    const start = (response: JsonObject): void => answer.start(textOf(response.id) ?? '', textOf(response.model) ?? '');

    const finish = (response: JsonObject, status: string): void => {
      start(response);
      // A stream may hold nothing but its end.
      if (!answer.hasContent()) items.readAll(response.output);
      const usage = decodeUsage(response.usage);
      if (usage) answer.usage(usage);
      const last = saidIn(response.output);
      const said = { calls: last.calls || items.said().calls, refuses: last.refuses || items.said().refuses };
      const reason = decodeFinish({ ...response, status }, said);
      if (reason !== 'interrupted') answer.finish(reason);
    };

    return (event, text) => {
      const data = parseObject(text);
      if (!data) return false;
      const response = isObject(data.response) ? data.response : undefined;
      const type = textOf(data.type) ?? event;
      switch (type) {
        case 'response.created':
        case 'response.in_progress':
          if (response) start(response);
          break;
        case 'response.completed':
        case 'response.incomplete':
          if (response) finish(response, type.slice('response.'.length));
          answer.terminate();
          break;
        case 'response.failed':
          answer.fail(decodeFailure(response ?? {}));
          answer.terminate();
          break;
        default:
          if (type === 'error' || event === 'error' || isObject(data.error)) answer.fail(decodeEventError(data));
          else items.read(type, data);
      }
      return true;
    };
  },
};

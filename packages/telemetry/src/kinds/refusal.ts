import { defineKind } from '../kind.ts';

/** A request that was not let through to a model. */
export const refusalKind = defineKind({
  name: 'refusal',
  about:
    'A request was answered with an error before any model could be asked: a wrong key, a spent budget, a malformed body.',
  dimensions: {
    protocol: 'The API that it came by.',
    code: 'The code of the error.',
    key: 'The id of the key; empty where that is not known.',
    status: 'The HTTP status it was answered with.',
  },
  measures: {},
  texts: { request_id: 'As the answer’s `x-hotpath-request-id` names it.' },
});

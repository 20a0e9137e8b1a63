import { createHotpath } from '@hotpath/runtime';
import { afterEach, expect, it } from 'vitest';
import { startServer } from '../src/start-server.ts';

const { withResolvers } = Promise;
afterEach(() => {
  Object.assign(Promise, { withResolvers });
});

it('a Node that is too old is told so, and not what it lacks', async () => {
  const hotpath = await createHotpath({ providers: { sim: {} }, cache: { enabled: false } }, { environment: {} });
  Object.assign(Promise, { withResolvers: undefined });
  const error = await startServer({ hotpath, port: 0 }).catch((thrown: unknown) => thrown);
  Object.assign(Promise, { withResolvers });
  expect(error).toMatchObject({ code: 'SERVER_NODE_TOO_OLD', message: expect.stringContaining('needs Node.js 22.18') });
  await hotpath.close();
});

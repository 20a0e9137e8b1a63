import { setTimeout as sleep } from 'node:timers/promises';
import { createTieredCache } from '@hotpath/cache/tiered';

interface User {
  readonly name: string;
  readonly team: string;
}

let calls = 0;
/** Stands in for a database: slow, and counted. */
const fetchUser = async (id: string, signal: AbortSignal): Promise<User> => {
  calls += 1;
  await sleep(50, undefined, { signal });
  return { name: `User ${id}`, team: 'red' };
};

// #region open
// Live values, buffers and a file, for half an hour.
await using cache = await createTieredCache<User>({
  disk: { path: './users.sqlite' },
  staleWhileRevalidateMs: 60_000,
  graceMs: 3_600_000,
});
// #endregion open

// #region load
const getUser = (id: string): Promise<User> =>
  cache.getOrSet(`user:${id}`, ({ signal }) => fetchUser(id, signal), { tags: ['users', `user:${id}`] });

// A thousand callers that miss together cost one load, also those of another process that uses the file.
const users = await Promise.all(Array.from({ length: 1_000 }, () => getUser('7')));
// #endregion load
console.log(`${users.length} callers, ${calls} load: ${users[0]?.name}`);

// #region invalidate
await cache.deleteTag('user:7');
await cache.deleteMatching('user:*:settings');
const project = cache.namespace<string>('project-a');
await project.set('summary', 'All is well.');
await project.clear();
// #endregion invalidate
console.log(`after the invalidation: ${cache.peek('user:7')?.name ?? 'absent'}, ${await project.get('summary')}`);

// #region wrap
const teamOf = cache.wrap(async (id: string) => fetchUser(id, AbortSignal.timeout(5_000)), { name: 'team' });
await teamOf('7');
await teamOf('7');
// #endregion wrap
console.log(`${calls} loads in all`);

// #region stats
const { tiers } = await cache.stats();
for (const { name, hitRate, earnedMs, advice } of tiers)
  console.log(name, hitRate.toFixed(2), earnedMs?.toFixed(0), advice);
// #endregion stats

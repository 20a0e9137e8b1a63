import type { Plan, RouterError } from '@hotpath/runtime';

/** What a router made of it objects to, such as a route to a provider that there is not; the plan alone does not tell. */
export const tryCompose = async (plan: Plan): Promise<RouterError | undefined> => {
  const { composeHotpath, RouterError } = await import('@hotpath/runtime');
  const { cache, economy } = plan.config;
  // Without what would open files.
  const config = { ...plan.config, cache: { ...cache, enabled: false }, economy: { ...economy, enabled: false } };
  try {
    await (await composeHotpath({ ...plan, config }, { warmCache: false })).close();
    return undefined;
  } catch (error) {
    if (!RouterError.isInstance(error)) throw error;
    return error;
  }
};

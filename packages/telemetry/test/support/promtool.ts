import { spawnSync } from 'node:child_process';

/** Prometheus' own check of a scrape, which `install-promtool.ts` has put in place where that is possible. */
export const findPromtool = (): string | undefined =>
  [process.env.HOTPATH_TEST_PROMTOOL, 'promtool'].find(
    (command) => command !== undefined && spawnSync(command, ['--version']).status === 0,
  );

/** What it complains of; empty where there is nothing. */
export const complaintsOf = (scrape: string): string => {
  const { stdout, stderr, error } = spawnSync(findPromtool() ?? 'promtool', ['check', 'metrics'], { input: scrape });
  if (error) throw error;
  return `${stdout}${stderr}`;
};

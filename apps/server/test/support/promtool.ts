import { spawnSync } from 'node:child_process';

/** Prometheus' own check of a scrape, where it is installed (Debian's package `prometheus` has it). */
export const promtool: string | undefined = [process.env.HOTPATH_TEST_PROMTOOL, 'promtool'].find(
  (command) => command !== undefined && spawnSync(command, ['--version']).status === 0,
);

/** What it complains of; empty where there is nothing. */
export const complaintsOf = (scrape: string): string => {
  const { stdout, stderr, error } = spawnSync(promtool ?? '', ['check', 'metrics'], { input: scrape });
  if (error) throw error;
  return `${stdout}${stderr}`;
};

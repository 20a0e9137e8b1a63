/** One check: the commands it takes, run in order, each from the repository's root. */
export interface Step {
  /** What `--only` calls it. */
  readonly id: string;
  readonly title: string;
  readonly commands: readonly (readonly string[])[];
  /** Whether `npm run check` includes it. */
  readonly fast: boolean;
  /** Whether it looks at what is built. */
  readonly needsBuild?: boolean;
  /** A vitest run: its output is shown, it takes further arguments, and it counts its tests. */
  readonly tests?: boolean;
}

const vitest = ['vitest', 'run', '--reporter=default', '--reporter=./scripts/checks/totals-reporter.ts'];

/** All checks, in the order in which they run. */
export const steps: readonly Step[] = [
  { id: 'format', title: 'format and lint', commands: [['biome', 'check', '--error-on-warnings']], fast: true },
  { id: 'boundaries', title: 'boundaries', commands: [['turbo', 'boundaries']], fast: true },
  {
    id: 'types',
    title: 'types',
    commands: [
      ['tsc', '-p', 'tsconfig.json'],
      // Of a browser, not of Node.
      ['tsc', '-p', 'apps/dashboard/tsconfig.json'],
    ],
    fast: true,
  },
  { id: 'build', title: 'build', commands: [['node', 'scripts/bootstrap.mjs', 'build']], fast: true },
  {
    id: 'unused',
    title: 'unused code and dependencies',
    commands: [
      ['knip'],
      // What ships, by itself: nothing may lean on a development dependency. The command bundles its dependencies, so
      // that for it every one of them is; tests/publish looks at what it ships.
      // Exports used by tests alone are left to the run above.
      [
        'knip',
        '--production',
        '--strict',
        '--workspace=packages/*',
        '--workspace=apps/server',
        '--exclude=exports,types',
      ],
    ],
    fast: true,
  },
  { id: 'api', title: 'public surface', commands: [['node', 'scripts/api-surface.ts']], fast: true, needsBuild: true },
  { id: 'docs', title: 'documents', commands: [['node', 'scripts/docs-sync.ts', '--check']], fast: true },
  {
    id: 'unit',
    title: 'tests',
    commands: [[...vitest, '--project=!publish', '--project=!soak']],
    fast: false,
    needsBuild: true,
    tests: true,
  },
  {
    id: 'publish',
    title: 'packed packages',
    commands: [[...vitest, '--project=publish']],
    fast: false,
    needsBuild: true,
    tests: true,
  },
];

/** The steps that `--only` names, with the build where one of them looks at it. */
export const stepsNamed = (ids: readonly string[]): readonly Step[] => {
  const named = steps.filter(({ id }) => ids.includes(id));
  const needsBuild = named.some((step) => step.needsBuild);
  return steps.filter((step) => named.includes(step) || (needsBuild && step.id === 'build'));
};

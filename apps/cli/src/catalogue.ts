import type { CatalogueEntry } from './command.ts';

// Imported by the entry alone, so that the bundler keeps it there and the top-level help costs no second file.
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: 'ask',
    summary: 'Ask a model and stream its answer',
    load: async () => (await import('./commands/ask.ts')).ask,
  },
  {
    name: 'batch',
    summary: 'Ask a model once for each row of a file',
    load: async () => (await import('./commands/batch.ts')).batch,
  },
  {
    name: 'run',
    summary: 'Run a workflow, all or nothing',
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'plan',
    summary: 'Show what a workflow would do, before it runs',
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'apply',
    summary: 'Carry out a plan, unless something has changed since',
    load: async () => (await import('./commands/apply.ts')).apply,
  },
  {
    name: 'resume',
    summary: 'Go on with a run that was stopped, or waits for a yes',
    load: async () => (await import('./commands/resume.ts')).resume,
  },
  {
    name: 'undo',
    summary: 'Take back all that a finished run has changed',
    load: async () => (await import('./commands/undo.ts')).undo,
  },
  {
    name: 'history',
    summary: 'List the runs of workflows, or show one with its steps',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'graph',
    summary: 'Draw what waits for what in a workflow or run',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  {
    name: 'init',
    summary: 'Write a first configuration file',
    load: async () => (await import('./commands/init.ts')).init,
  },
  {
    name: 'serve',
    summary: 'Start the OpenAI- and Anthropic-compatible gateway',
    load: async () => (await import('./commands/serve.ts')).serve,
  },
  {
    name: 'exec',
    summary: 'Run any AI tool through the gateway',
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'monitor',
    summary: 'Watch a gateway or this machine live',
    load: async () => (await import('./commands/monitor.ts')).monitor,
  },
  {
    name: 'analytics summary',
    summary: 'Show what was asked, how it went, and what it cost',
    load: async () => (await import('./commands/analytics-summary.ts')).analyticsSummary,
  },
  {
    name: 'analytics top',
    summary: 'List what costs, fails or takes most',
    load: async () => (await import('./commands/analytics-top.ts')).analyticsTop,
  },
  {
    name: 'analytics errors',
    summary: 'List what went wrong, where and how often',
    load: async () => (await import('./commands/analytics-errors.ts')).analyticsErrors,
  },
  {
    name: 'analytics runs',
    summary: 'Show what commands, runs and their steps came to',
    load: async () => (await import('./commands/analytics-runs.ts')).analyticsRuns,
  },
  {
    name: 'analytics cost',
    summary: 'Show what was spent by day, and what the month comes to',
    load: async () => (await import('./commands/analytics-cost.ts')).analyticsCost,
  },
  {
    name: 'analytics savings',
    summary: 'Show what was saved, by what, and what was not',
    load: async () => (await import('./commands/analytics-savings.ts')).analyticsSavings,
  },
  {
    name: 'analytics patterns',
    summary: 'Show what is asked again and again',
    load: async () => (await import('./commands/analytics-patterns.ts')).analyticsPatterns,
  },
  {
    name: 'analytics anomalies',
    summary: 'Show hours that were unlike hours like them',
    load: async () => (await import('./commands/analytics-anomalies.ts')).analyticsAnomalies,
  },
  {
    name: 'analytics compare',
    summary: 'Say what became better or worse between two times',
    load: async () => (await import('./commands/analytics-compare.ts')).analyticsCompare,
  },
  {
    name: 'analytics export',
    summary: 'Write events as JSON, NDJSON or CSV',
    load: async () => (await import('./commands/analytics-export.ts')).analyticsExport,
  },
  {
    name: 'analytics snapshot',
    summary: 'Write the figures of a time, to compare others with',
    load: async () => (await import('./commands/analytics-snapshot.ts')).analyticsSnapshot,
  },
  {
    name: 'content search',
    summary: 'Find words in prompts and answers that were captured',
    load: async () => (await import('./commands/content-search.ts')).contentSearch,
  },
  {
    name: 'content show',
    summary: 'Show one prompt with its answer',
    load: async () => (await import('./commands/content-show.ts')).contentShow,
  },
  {
    name: 'content delete',
    summary: 'Delete prompts and answers that were captured',
    load: async () => (await import('./commands/content-delete.ts')).contentDelete,
  },
  {
    name: 'models',
    summary: 'List the models that can be asked',
    load: async () => (await import('./commands/models.ts')).models,
  },
  {
    name: 'providers list',
    summary: 'List the providers, and where each comes from',
    load: async () => (await import('./commands/providers-list.ts')).providersList,
  },
  {
    name: 'providers test',
    summary: 'Call each provider and say what is wrong with it',
    load: async () => (await import('./commands/providers-test.ts')).providersTest,
  },
  {
    name: 'plugins list',
    summary: 'List the plugins, and what each contributes',
    load: async () => (await import('./commands/plugins-list.ts')).pluginsList,
  },
  {
    name: 'plugins info',
    summary: 'Show everything that is known of a plugin',
    load: async () => (await import('./commands/plugins-info.ts')).pluginsInfo,
  },
  {
    name: 'plugins enable',
    summary: 'Use a plugin again that you have disabled',
    load: async () => (await import('./commands/plugins-enable.ts')).pluginsEnable,
  },
  {
    name: 'plugins disable',
    summary: 'Leave a plugin out',
    load: async () => (await import('./commands/plugins-disable.ts')).pluginsDisable,
  },
  {
    name: 'plugins doctor',
    summary: 'Look for what is wrong with the plugins',
    load: async () => (await import('./commands/plugins-doctor.ts')).pluginsDoctor,
  },
  {
    name: 'plugins link',
    summary: 'Use a plugin from the folder that you work on it in',
    load: async () => (await import('./commands/plugins-link.ts')).pluginsLink,
  },
  {
    name: 'plugins unlink',
    summary: 'Remove the link to a plugin',
    load: async () => (await import('./commands/plugins-unlink.ts')).pluginsUnlink,
  },
  {
    name: 'conversations list',
    summary: 'List the conversations, asked in last first',
    load: async () => (await import('./commands/conversations-list.ts')).conversationsList,
  },
  {
    name: 'conversations show',
    summary: 'Show a conversation as Markdown',
    load: async () => (await import('./commands/conversations-show.ts')).conversationsShow,
  },
  {
    name: 'conversations delete',
    summary: 'Remove conversations with what was attached to them',
    load: async () => (await import('./commands/conversations-delete.ts')).conversationsDelete,
  },
  {
    name: 'conversations export',
    summary: 'Write conversations as lines of JSON',
    load: async () => (await import('./commands/conversations-export.ts')).conversationsExport,
  },
  {
    name: 'templates list',
    summary: 'List the templates of this project and your own',
    load: async () => (await import('./commands/templates-list.ts')).templatesList,
  },
  {
    name: 'templates show',
    summary: 'Show one template as it is written',
    load: async () => (await import('./commands/templates-show.ts')).templatesShow,
  },
  {
    name: 'templates edit',
    summary: 'Write or change a template in your editor',
    load: async () => (await import('./commands/templates-edit.ts')).templatesEdit,
  },
  {
    name: 'templates delete',
    summary: 'Remove a template',
    load: async () => (await import('./commands/templates-delete.ts')).templatesDelete,
  },
  {
    name: 'templates path',
    summary: 'Say where templates are kept, or where one is',
    load: async () => (await import('./commands/templates-path.ts')).templatesPath,
  },
  {
    name: 'config check',
    summary: 'Show the configuration in effect, and its mistakes',
    load: async () => (await import('./commands/config-check.ts')).configCheck,
  },
  {
    name: 'config get',
    summary: 'Print the effective value of one setting',
    load: async () => (await import('./commands/config-get.ts')).configGet,
  },
  {
    name: 'config set',
    summary: 'Change one setting in the configuration file',
    load: async () => (await import('./commands/config-set.ts')).configSet,
  },
  {
    name: 'config path',
    summary: 'Print the path of the configuration file in use',
    load: async () => (await import('./commands/config-path.ts')).configPath,
  },
  {
    name: 'cache stats',
    summary: 'Show what the cache holds',
    load: async () => (await import('./commands/cache-stats.ts')).cacheStats,
  },
  {
    name: 'cache get',
    summary: 'Show one entry of the cache',
    load: async () => (await import('./commands/cache-get.ts')).cacheGet,
  },
  {
    name: 'cache invalidate',
    summary: 'Make answers invalid, by key, tag, pattern or namespace',
    load: async () => (await import('./commands/cache-invalidate.ts')).cacheInvalidate,
  },
  {
    name: 'cache clear',
    summary: 'Remove everything from the cache',
    load: async () => (await import('./commands/cache-clear.ts')).cacheClear,
  },
  {
    name: 'cache warm',
    summary: 'Measure what a server brings into memory when it starts',
    load: async () => (await import('./commands/cache-warm.ts')).cacheWarm,
  },
  {
    name: 'cache export',
    summary: 'Write the entries of the cache as lines of JSON',
    load: async () => (await import('./commands/cache-export.ts')).cacheExport,
  },
  {
    name: 'cache import',
    summary: 'Read entries into the cache that an export has written',
    load: async () => (await import('./commands/cache-import.ts')).cacheImport,
  },
  {
    name: 'cache doctor',
    summary: 'Look for what is wrong with the cache',
    load: async () => (await import('./commands/cache-doctor.ts')).cacheDoctor,
  },
  {
    name: 'plugins new',
    summary: 'Begin a plugin of your own',
    load: async () => (await import('./commands/plugins-new.ts')).pluginsNew,
  },
  {
    name: 'keys create',
    summary: 'Make a key for clients of the gateway',
    load: async () => (await import('./commands/keys-create.ts')).keysCreate,
  },
  {
    name: 'keys list',
    summary: 'List the keys',
    load: async () => (await import('./commands/keys-list.ts')).keysList,
  },
  {
    name: 'keys show',
    summary: 'Show one key and what it has spent',
    load: async () => (await import('./commands/keys-show.ts')).keysShow,
  },
  {
    name: 'keys update',
    summary: 'Change what a key may do',
    load: async () => (await import('./commands/keys-update.ts')).keysUpdate,
  },
  {
    name: 'keys rotate',
    summary: 'Give a key a new secret',
    load: async () => (await import('./commands/keys-rotate.ts')).keysRotate,
  },
  {
    name: 'keys disable',
    summary: 'Stop a key from opening anything',
    load: async () => (await import('./commands/keys-disable.ts')).keysDisable,
  },
  {
    name: 'keys delete',
    summary: 'Remove a key for good',
    load: async () => (await import('./commands/keys-delete.ts')).keysDelete,
  },
  {
    name: 'doctor',
    summary: 'Check the whole set-up, and say how to mend it',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'profile',
    summary: 'Run a command and show where its processor time goes',
    load: async () => (await import('./commands/profile.ts')).profile,
  },
  {
    name: 'completions',
    summary: 'Print completions for bash, zsh, fish or PowerShell',
    load: async () => (await import('./commands/completions.ts')).completions,
  },
];

const width = Math.max(...catalogue.map(({ name }) => name.length)) + 2;

/** `more`: the lines of plugins' commands. */
export const helpOfAll = (more = ''): string => `hotpath: the fast path for AI tools

Usage
  hotpath <command> [options]

Commands
${catalogue.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`).join('\n')}
  ${'help'.padEnd(width)}Show the help of a command
${more}
Options
  -h, --help     Show this help, or that of a command
  -V, --version  Show the version

Examples
  hotpath ask "Why is the sky blue?"
  git diff | hotpath ask "Write a commit message for this"
  hotpath serve --port 4100
  hotpath exec -- claude
  hotpath cache stats
  hotpath help ask
`;

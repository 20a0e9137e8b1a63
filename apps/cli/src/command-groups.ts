/** Commands of two words that share the first. */
export interface CommandGroup {
  /** The first word. */
  readonly name: string;
  readonly summary: string;
  readonly examples: readonly string[];
}

export const commandGroups: readonly CommandGroup[] = [
  {
    name: 'analytics',
    summary: 'Ask what was done, what it cost, and what went wrong',
    examples: [
      'hotpath analytics summary --days 7 --by model',
      'hotpath analytics top --order failed --by key',
      'hotpath analytics runs --days 1',
      'hotpath analytics anomalies',
      'hotpath analytics compare --baseline 14d..7d --current 7d..now',
      'hotpath analytics export --format csv --output requests.csv',
    ],
  },
  {
    name: 'cache',
    summary: 'Look into the cache, and look after it',
    examples: [
      'hotpath cache stats',
      'hotpath cache invalidate --tag model:openai/gpt-4.1-mini',
      'hotpath cache export --output answers.ndjson',
      'hotpath cache doctor',
    ],
  },
  {
    name: 'config',
    summary: 'Look into the configuration, and change it',
    examples: ['hotpath config check', 'hotpath config get cache.ttlMs', 'hotpath config set cache.ttlMs 1h'],
  },
  {
    name: 'content',
    summary: 'Look into captured prompts and answers, and delete them',
    examples: [
      'hotpath content search refund invoice --since 36h',
      'hotpath content show 17',
      'hotpath content delete --older-than 30d',
    ],
  },
  {
    name: 'conversations',
    summary: 'Look into what was asked and answered',
    examples: [
      'hotpath conversations list --search "monad"',
      'hotpath conversations show',
      'hotpath conversations delete --older-than 90d',
    ],
  },
  {
    name: 'keys',
    summary: 'Hand out keys for the gateway, and look after them',
    examples: ['hotpath keys create laptop', 'hotpath keys list', 'hotpath keys rotate laptop'],
  },
  {
    name: 'plugins',
    summary: 'Look after the plugins, and begin new ones',
    examples: [
      'hotpath plugins list',
      'hotpath plugins info acme-models',
      'hotpath plugins doctor',
      'hotpath plugins new deploy',
    ],
  },
  {
    name: 'providers',
    summary: 'Look at the providers, and call them',
    examples: ['hotpath providers list', 'hotpath providers test', 'hotpath providers test openai --ask'],
  },
  {
    name: 'templates',
    summary: 'Write questions down, and ask them again',
    examples: ['hotpath templates edit review', 'hotpath templates list', 'hotpath templates show review'],
  },
];

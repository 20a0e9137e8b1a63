import type { ConfigError, Plan } from '@hotpath/runtime';
import { configFlag, defineCommand } from '../command.ts';
import { renderSettings } from '../config/render-settings.ts';
import { tryCompose } from '../config/try-compose.ts';
import { oneLine } from '../plain-text.ts';
import { howToSetUp } from '../simulated.ts';
import { complain, note, styledOut, warn, writeOut } from '../terminal.ts';

const renderPlan = (plan: Plan, effective: object): string => {
  const providers = plan.providers.map(({ id, config, source }) => {
    const kind = config.type === id ? '' : ` (${config.type})`;
    return `  ${oneLine(`${id}${kind}${source === 'built in' ? ', built in' : ` from ${source}`}`)}\n`;
  });
  return [
    `${styledOut('bold', 'File')}\n  ${plan.configFile ?? 'none: environment and defaults'}\n`,
    `${styledOut('bold', 'Providers')}\n${providers.join('')}`,
    `${styledOut('bold', 'Effective configuration')}\n${renderSettings(effective, '  ')}`,
  ].join('\n');
};

const reportProblems = async (
  error: Pick<ConfigError, 'code' | 'message' | 'file' | 'problems'>,
  json: boolean,
): Promise<void> => {
  const { code, message, file, problems } = error;
  if (json) await writeOut(`${JSON.stringify({ valid: false, file: file ?? null, code, message, problems })}\n`);
  complain(code, message);
};

export const configCheck = defineCommand({
  name: 'config check',
  summary: 'Show the configuration in effect, and its mistakes',
  description: `Keys, headers, passwords and the paths of webhooks are never shown. The exit code is 1 where something is wrong. A first hotpath.config.ts, which needs
nothing installed:

  export default {
    aliases: { fast: 'openai/gpt-4.1-mini' },
    defaultModel: 'fast',
    cache: { ttlMs: '1h' },
  };`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: [
    'hotpath config check',
    'hotpath config check --config deploy/hotpath.config.yaml',
    'hotpath config check --json | jq .config.cache',
  ],
  async run({ flags }) {
    const { ConfigError, describeConfig, planHotpath } = await import('@hotpath/runtime');
    let plan: Plan;
    try {
      plan = await planHotpath(undefined, { configFile: flags.config });
    } catch (error) {
      if (!ConfigError.isInstance(error)) throw error;
      await reportProblems(error, flags.json);
      return 1;
    }
    const objection = await tryCompose(plan);
    if (objection) {
      const { message, param: path = '' } = objection;
      const problems = [{ code: 'CONFIG_INVALID', path, message }] as const;
      await reportProblems({ code: 'CONFIG_INVALID', message, file: plan.configFile, problems }, flags.json);
      return 1;
    }
    const config = describeConfig({
      ...plan.config,
      providers: Object.fromEntries(plan.providers.map(({ id, config }) => [id, config])),
    });
    if (flags.json) {
      const file = plan.configFile ?? null;
      const sources = Object.fromEntries(plan.providers.map(({ id, source }) => [id, source]));
      await writeOut(`${JSON.stringify({ valid: true, file, config, sources, warnings: plan.warnings })}\n`);
    } else {
      await writeOut(renderPlan(plan, config));
    }
    for (const { message } of plan.warnings) warn(message);
    if (plan.simulated) warn(`no provider is set up: the simulator answers. ${howToSetUp}`);
    if (!flags.json && plan.warnings.length === 0) note('No problems found.');
    return 0;
  },
});

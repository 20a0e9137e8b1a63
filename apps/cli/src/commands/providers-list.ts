import { configFlag, defineCommand } from '../command.ts';
import { describeAccess } from '../providers/describe-access.ts';
import { howToSetUp } from '../simulated.ts';
import { renderColumns } from '../table.ts';
import { warn, writeOut } from '../terminal.ts';

export const providersList = defineCommand({
  name: 'providers list',
  summary: 'List the providers, and where each comes from',
  description: 'Asks nobody but a local Ollama. Of keys the first characters are shown.',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath providers list', "hotpath providers list --json | jq -r '.providers[].id'"],
  async run({ flags }) {
    const { planHotpath } = await import('@hotpath/runtime');
    const plan = await planHotpath(undefined, { configFile: flags.config });
    const providers = plan.providers.map(describeAccess);
    for (const { message } of plan.warnings) warn(message);
    if (flags.json) {
      await writeOut(`${JSON.stringify({ providers, simulated: plan.simulated, warnings: plan.warnings })}\n`);
    } else {
      const rows = providers.map(({ id, type, address, key, source }) => [
        id,
        type,
        key ?? '-',
        source,
        address ?? '-',
      ]);
      await writeOut(renderColumns(['PROVIDER', 'TYPE', 'KEY', 'FROM', 'ADDRESS'], rows));
    }
    if (plan.simulated) warn(`no provider is set up: the simulator answers. ${howToSetUp}`);
    return 0;
  },
});

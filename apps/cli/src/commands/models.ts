import { configFlag, defineCommand } from '../command.ts';
import { rememberModels } from '../known-models.ts';
import { howToSetUp } from '../simulated.ts';
import { renderColumns } from '../table.ts';
import { complain, warn, writeOut } from '../terminal.ts';

export const models = defineCommand({
  name: 'models',
  summary: 'List the models that can be asked',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath models', "hotpath models --json | jq -r '.models[].id'"],
  async run({ flags }) {
    const { createHotpath } = await import('@hotpath/runtime');
    const hotpath = await createHotpath(undefined, { configFile: flags.config, warmCache: false });
    try {
      const list = await hotpath.router.models();
      const failures = list.failures.map(({ provider, error }) => ({
        provider,
        code: error.code,
        message: error.message,
      }));
      for (const { message } of hotpath.warnings) warn(message);
      for (const { provider, code, message } of failures) {
        complain(code, `${provider} did not list its models: ${message}`);
      }
      if (list.models.length > 0) {
        await rememberModels(
          hotpath.folders.cache,
          list.models.map(({ id }) => id),
        );
      }
      if (flags.json) {
        await writeOut(`${JSON.stringify({ models: list.models, failures })}\n`);
      } else if (list.models.length > 0) {
        const sources = new Map(hotpath.providers.map(({ id, source }) => [id, source]));
        const rows = list.models.map(({ id, provider }) => [id, sources.get(provider) ?? '']);
        await writeOut(renderColumns(['MODEL', 'FROM'], rows));
      }
      if (list.models.length === 0 && failures.length === 0) {
        const asked = hotpath.providers.map(({ id }) => id).join(', ');
        complain(
          'CLI_NO_MODELS',
          `no provider lists a model (${asked}). Check its base URL, or name its models in the configuration.`,
        );
      }
      if (hotpath.simulated) {
        warn(`no provider is set up: the simulator answers. ${howToSetUp}`);
      }
      return list.models.length === 0 ? 1 : 0;
    } finally {
      await hotpath.close();
    }
  },
});

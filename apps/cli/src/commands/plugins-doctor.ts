import { configFlag, defineCommand } from '../command.ts';
import { hang, renderCheck } from '../doctor/render-check.ts';
import { usageError } from '../errors.ts';
import { examinePlugins } from '../plugins/examine-plugins.ts';
import { examineProviders } from '../plugins/examine-providers.ts';
import { loadPlugins, renderLedger } from '../plugins/load-plugins.ts';
import { findPlugin, withSurvey } from '../plugins/survey.ts';
import { note, writeOut, writeText } from '../terminal.ts';

export const pluginsDoctor = defineCommand({
  name: 'plugins doctor',
  summary: 'Look for what is wrong with the plugins',
  argument: '[name]',
  description: `Looks at manifests, versions, dependencies, names that others have too, files, links, and what earlier processes went through
with each plugin. The exit code is 1 while something fails. --load loads them too, one after another, each for no longer than
plugins.timeouts of the configuration, makes their providers as they would be used, and tells what loading took; one that fails again
and again is put into quarantine.`,
  flags: {
    load: { type: 'boolean', description: 'Load the plugins, and show how long each takes' },
    lift: { type: 'strings', value: 'name', description: 'Forget what this plugin did, and let it be loaded again' },
    json: { type: 'boolean', description: 'Print one JSON object' },
    config: configFlag,
  },
  examples: [
    'hotpath plugins doctor',
    'hotpath plugins doctor --load',
    'hotpath plugins doctor acme-models --load',
    'hotpath plugins doctor --lift acme-models',
  ],
  async run({ flags, positionals, signal, catalogue }) {
    const [name] = positionals;
    if (positionals.length > 1) throw usageError('Name one plugin, or none.', 'plugins doctor');
    return withSurvey(flags.config, async (survey) => {
      const { host } = survey;
      for (const each of [...flags.lift, ...positionals]) findPlugin(survey, each);
      const lifted: string[] = [];
      for (const each of flags.lift) {
        if (await host.lift(each)) lifted.push(each);
        else note(`There was nothing to lift for ${each}.`);
      }
      if (flags.load) {
        const names = name === undefined ? host.plugins().map(({ manifest }) => manifest.name) : [name];
        await loadPlugins(host, names, signal);
      }
      const checks = [
        ...(await examinePlugins(survey, catalogue, name)),
        ...(flags.load ? await examineProviders(survey, name) : []),
      ];
      const ledger = flags.load ? host.ledger() : null;
      const count = (status: string): number => checks.filter((check) => check.status === status).length;
      const healthy = count('fail') === 0;
      if (flags.json) await writeOut(`${JSON.stringify({ healthy, lifted, checks, ledger })}\n`);
      else {
        for (const each of lifted) note(`${each} may be loaded again.`);
        await writeText(checks.map(renderCheck).join(''), hang);
        await writeOut(renderLedger('Loading, slowest first', ledger ?? []));
        note(`${count('warn')} to know, ${count('fail')} to mend.`);
      }
      return healthy ? 0 : 1;
    });
  },
});

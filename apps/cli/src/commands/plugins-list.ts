import { configFlag, defineCommand } from '../command.ts';
import { oneLine } from '../plain-text.ts';
import { type PluginView, showStatus, viewOf } from '../plugins/plugin-view.ts';
import { noneUsed, problemsOf, withSurvey } from '../plugins/survey.ts';
import { renderColumns } from '../table.ts';
import { note, styledOut, warn, writeOut } from '../terminal.ts';
import { columnsOf, wrapLine } from '../wrap.ts';

const render = (views: readonly PluginView[]): string => {
  const [heading = '', ...rows] = renderColumns(
    ['PLUGIN', 'VERSION', 'FROM', 'STATUS'],
    views.map((view) => [view.name, view.version, view.source, showStatus(view)]),
  ).split('\n');
  const lines = views.flatMap(({ contributes }, index) => {
    const names = contributes.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    const below =
      names === ''
        ? []
        : wrapLine(`  ${names}`, columnsOf(process.stdout))
            .split('\n')
            .map((line) => styledOut('dim', line));
    return [rows[index] ?? '', ...below];
  });
  return `${[heading, ...lines].join('\n')}\n`;
};

export const pluginsList = defineCommand({
  name: 'plugins list',
  summary: 'List the plugins, and what each contributes',
  description: `Looks at manifests alone: no code of a plugin is loaded. "FROM" is the configuration (plugins.folders), the project
(.hotpath/plugins), the user (plugins in the configuration folder) or packages (node_modules).`,
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: [
    'hotpath plugins list',
    'hotpath plugins list --json | jq -r \'.plugins[] | select(.status != "ready") | .name\'',
  ],
  async run({ flags }) {
    return withSurvey(flags.config, async (survey) => {
      const views = survey.host.plugins().map((plugin) => viewOf(survey, plugin));
      const problems = problemsOf(survey).map(({ code, message, plugin = null, path = null }) => ({
        code,
        message,
        plugin,
        path,
      }));
      const { enabled } = survey.settings;
      if (flags.json) {
        await writeOut(`${JSON.stringify({ enabled, plugins: views, problems })}\n`);
        return 0;
      }
      if (views.length > 0) await writeOut(render(views));
      if (problems.length > 0) {
        const listed = problems.map(({ code, message }) => `  ${oneLine(`${code}: ${message}`)}\n`).join('');
        const gap = views.length > 0 ? '\n' : '';
        await writeOut(`${gap}${styledOut('bold', 'Problems')}\n${listed}`);
        note('"hotpath plugins doctor" says how to mend each.');
      }
      if (!enabled) warn(noneUsed);
      else if (views.length === 0)
        note(
          `There are no plugins. Link one with "hotpath plugins link <folder>", or put it into ${survey.places.user}.`,
        );
      return 0;
    });
  },
});

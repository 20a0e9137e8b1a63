import type { CatalogueEntry } from '../command.ts';
import { examinePlugins } from '../plugins/examine-plugins.ts';
import { withSurvey } from '../plugins/survey.ts';
import { type Check, failed } from './check.ts';

/** Whether all plugins can be used, in one finding: `hotpath plugins doctor` has the others. */
export const checkPlugins = (configFile: string | undefined, own: readonly CatalogueEntry[]): Promise<Check> =>
  withSurvey(configFile, async (survey) => {
    const [summary, ...found] = (await examinePlugins(survey, own)) as [Check, ...Check[]];
    const wrong = found.filter(({ status }) => status === 'fail');
    if (wrong.length === 0) return summary;
    const codes = [...new Set(wrong.map(({ code }) => code))].join(', ');
    const text = `${wrong.length === 1 ? 'something is' : `${wrong.length} things are`} wrong with plugins: ${codes}.`;
    return failed('PLUGINS', text, 'Run "hotpath plugins doctor".');
  });

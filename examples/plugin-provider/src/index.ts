import type { HotpathPlugin, PluginSettings } from '@hotpath/runtime';
import { askProgram } from './ask-program.ts';

/** A model and the program that answers for it, with its arguments. */
type Programs = Readonly<Record<string, readonly string[]>>;

/** Throws for settings that name no programs: whoever asks is told. */
const programsIn = ({ models }: PluginSettings): Programs => {
  const isCommand = (value: unknown): value is readonly string[] =>
    Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
  if (typeof models === 'object' && models !== null && Object.values(models).every(isCommand))
    return models as Programs;
  throw new Error('Name programs in "settings.models", such as { "llama": ["ollama", "run", "llama3.2"] }.');
};

// #region provider
export default {
  activate: () => ({
    providers: {
      program({ id, settings, textProvider }) {
        const programs = programsIn(settings);
        return textProvider({
          id,
          models: Object.keys(programs),
          answer: (request) => askProgram(programs[request.model] ?? [], request),
        });
      },
    },
  }),
} satisfies HotpathPlugin;
// #endregion provider

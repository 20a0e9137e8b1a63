import { configFlag, defineCommand } from '../command.ts';
import { bashScript, zshScript } from '../completions/bash.ts';
import { fishScript } from '../completions/fish.ts';
import { powershellScript } from '../completions/powershell.ts';
import type { Material } from '../completions/words.ts';
import { usageError } from '../errors.ts';
import { modelsFileIn } from '../known-models.ts';
import { completablePluginCommands } from '../plugins/completable-commands.ts';
import { writeOut } from '../terminal.ts';

const scripts: Readonly<Record<string, (material: Material) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

export const completions = defineCommand({
  name: 'completions',
  summary: 'Print a completion script for bash, zsh, fish or PowerShell',
  argument: 'bash|zsh|fish|powershell',
  description:
    'Completes commands, those of plugins too, options, file names and values, and the models that "hotpath models" has\nlisted last. Plugins with commands are loaded for their options, each for a second at most: one that takes longer, or\ncannot be loaded, has its commands completed without.',
  flags: { config: configFlag },
  examples: [
    `echo 'eval "$(hotpath completions bash)"' >> ~/.bashrc`,
    `echo 'eval "$(hotpath completions zsh)"' >> ~/.zshrc`,
    'hotpath completions fish > ~/.config/fish/completions/hotpath.fish',
    'hotpath completions powershell | Out-String | Invoke-Expression',
  ],
  async run({ flags, positionals, catalogue }) {
    const script = scripts[positionals[0] ?? ''];
    if (script === undefined || positionals.length !== 1) {
      throw usageError(`Name one shell: ${Object.keys(scripts).join(', ')}.`, 'completions');
    }
    const [own, ofPlugins] = await Promise.all([
      Promise.all(catalogue.map((entry) => entry.load())),
      completablePluginCommands(flags.config, catalogue),
    ]);
    const commands = [...own, ...ofPlugins];
    const { findFolders } = await import('@hotpath/runtime');
    await writeOut(script({ commands, modelsFile: modelsFileIn(findFolders().cache) }));
    return 0;
  },
});

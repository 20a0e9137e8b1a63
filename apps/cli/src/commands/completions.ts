import { configFlag, defineCommand } from '../command.ts';
import { bashScript } from '../completions/bash.ts';
import { fishScript } from '../completions/fish.ts';
import { powershellScript } from '../completions/powershell.ts';
import type { Material } from '../completions/words.ts';
import { zshScript } from '../completions/zsh.ts';
import { usageError } from '../errors.ts';
import { modelsFileIn } from '../known-models.ts';
import { ownValue } from '../own-value.ts';
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
  summary: 'Print completions for bash, zsh, fish or PowerShell',
  argument: 'bash|zsh|fish|powershell',
  description: `Completes commands, those of plugins too, options, file names and values: models as "hotpath models" has listed them
last, settings, and the templates, conversations, keys and providers that there are. Plugins with commands are loaded for their
options, each for a second at most: one that takes longer, or cannot be loaded, has its commands completed without.`,
  flags: { config: configFlag, json: { type: 'boolean', description: 'Print one JSON object' } },
  examples: [
    `echo 'eval "$(hotpath completions bash)"' >> ~/.bashrc`,
    `echo 'eval "$(hotpath completions zsh)"' >> ~/.zshrc`,
    'hotpath completions fish > ~/.config/fish/completions/hotpath.fish',
    'hotpath completions powershell | Out-String | Invoke-Expression',
  ],
  async run({ flags, positionals, catalogue }) {
    const [shell = ''] = positionals;
    const make = ownValue(scripts, shell);
    if (make === undefined || positionals.length !== 1) {
      throw usageError(`Name one shell: ${Object.keys(scripts).join(', ')}.`, 'completions');
    }
    const [own, ofPlugins] = await Promise.all([
      Promise.all(catalogue.map((entry) => entry.load())),
      completablePluginCommands(flags.config, catalogue),
    ]);
    const commands = [...own, ...ofPlugins];
    const { findFolders, settingPaths } = await import('@hotpath/runtime');
    const script = make({ commands, modelsFile: modelsFileIn(findFolders().cache), settings: settingPaths() });
    await writeOut(flags.json ? `${JSON.stringify({ shell, script })}\n` : script);
    return 0;
  },
});

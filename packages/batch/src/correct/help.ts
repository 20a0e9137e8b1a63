import type { SimpleCommand } from './command-line.ts';
import { helpForms } from './dialects.ts';
import { folderOf, type Scene } from './scene.ts';

/** What a tool says about itself and the given subcommands; empty when it cannot be asked. */
export const askHelp = async (
  scene: Scene,
  command: SimpleCommand,
  subcommands: readonly string[],
): Promise<string> => {
  const { world, signal } = scene;
  if (!world.help) return '';
  const name = command.name.value;
  const forms = helpForms[name] ?? [['*', '--help']];
  // Operands are not subcommands for most tools: `grep foo --help` would do, `python3 tool.py --help` runs the file, which is what refused.
  const known = subcommands.filter((word) => /^[a-z][\w-]*(?:\.py)?$/.test(word)).slice(0, 2);
  const texts = await Promise.all(
    forms.map((form) =>
      world.help?.(
        [name, ...form.flatMap((part) => (part === '*' ? known : [part]))],
        folderOf(scene, command),
        signal,
      ),
    ),
  );
  return texts.filter((text) => text !== undefined).join('\n');
};

import type { SimpleCommand } from './command-line.ts';
import { helpForms } from './dialects.ts';
import { destructivePrograms, shells, wrappers } from './risk-words.ts';
import { folderOf, type Scene } from './scene.ts';
import { unknownOptions } from './tool-words.ts';
import { everyday, withSubcommands } from './vocabulary.ts';

/**
 * A program that takes no notice of `--help` would do its work once more. So those are asked that are known to answer, and those that have
 * shown it: by refusing an option, or by naming `--help` themselves. What runs other programs, or loses something, is never asked.
 */
const mayAsk = (name: string, said: string): boolean => {
  if (name in helpForms) return true;
  if (destructivePrograms.has(name) || shells.has(name)) return false;
  // find runs others too, but not when it is asked for help.
  if (wrappers.has(name) && name !== 'find') return false;
  if (everyday.has(name) || name in withSubcommands) return true;
  return unknownOptions(said).length > 0 || /--help\b|\b-h\b/.test(said);
};

/** What a tool says about itself and the given subcommands; empty when it cannot be asked. */
export const askHelp = async (
  scene: Scene,
  command: SimpleCommand,
  subcommands: readonly string[],
): Promise<string> => {
  const { world, signal } = scene;
  if (!world.help) return '';
  const name = command.name.value;
  if (!mayAsk(name, scene.said)) return '';
  const forms = helpForms[name] ?? [['*', '--help']];
  // Only a tool with subcommands takes words before `--help` for more than what to work on.
  const known =
    name in withSubcommands || name in helpForms
      ? subcommands.filter((word) => /^[a-z][\w-]*$/.test(word)).slice(0, 2)
      : [];
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

import { configFlag, defineCommand } from '../command.ts';
import { requireFile } from '../config/find-file.ts';
import { writeOut } from '../terminal.ts';

export const configPath = defineCommand({
  name: 'config path',
  summary: 'Print the path of the configuration file in use',
  description:
    'That of --config, else HOTPATH_CONFIG, else hotpath.config.* here, else in the user folder. The exit code is 1 where\nthere is none. The file need not be valid.',
  flags: { json: { type: 'boolean', description: 'Print one JSON object' }, config: configFlag },
  examples: ['hotpath config path', '"$EDITOR" "$(hotpath config path)"'],
  async run({ flags }) {
    const file = await requireFile(flags.config);
    await writeOut(flags.json ? `${JSON.stringify({ file })}\n` : `${file}\n`);
    return 0;
  },
});

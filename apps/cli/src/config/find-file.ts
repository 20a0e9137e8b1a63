import { configMissing } from '../errors.ts';

/** The configuration file that commands use, whether or not it can be read; undefined where there is none. */
export const findFile = async (configFile: string | undefined): Promise<string | undefined> => {
  const { findConfigFile, findFolders } = await import('@hotpath/runtime');
  return findConfigFile({ userFolder: findFolders().config, file: configFile, environment: process.env });
};

/** The same where there must be one. Throws `CLI_CONFIG_MISSING`. */
export const requireFile = async (configFile: string | undefined): Promise<string> => {
  const file = await findFile(configFile);
  if (file === undefined) throw configMissing();
  return file;
};

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
const quoteForPowerShell = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** PowerShell is what Windows has; the shells that came to it from elsewhere, such as Git's, set `SHELL` there as everywhere. */
const isPowerShell = (platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): boolean =>
  platform === 'win32' && !environment.SHELL;

/** Lines that set variables in a POSIX shell and in fish; in PowerShell on Windows. */
export const exportLines = (
  variables: Readonly<Record<string, string>>,
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): string =>
  Object.entries(variables)
    .map(([name, value]) =>
      isPowerShell(platform, environment)
        ? `$env:${name} = ${quoteForPowerShell(value)}\n`
        : `export ${name}=${quote(value)}\n`,
    )
    .join('');

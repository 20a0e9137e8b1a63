/**
 * `node:sqlite`, or undefined where this Node has none. Node before 24 warns of it on standard error, which is no concern of
 * those who use a tool built on this.
 */
export const loadSqlite = (): typeof import('node:sqlite') | undefined => {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning).includes('SQLite')) Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
  try {
    // Older ones cannot be asked.
    return process.getBuiltinModule?.('node:sqlite');
  } finally {
    process.emitWarning = emitWarning;
  }
};

/** Whether there is a process of this number, whoever's it is. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It belongs to somebody else, and lives.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

import { readdirSync, readFileSync } from 'node:fs';

/** A `sleep` that nobody else sleeps, to be found by. */
export const sleepOf = (): string => `sleep ${300 + Math.random()}`;

/** Numbers of the processes of this machine that run a command, whatever namespace they are in. */
export const processesOf = (command: string): readonly string[] =>
  readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'utf8') === `${command.replaceAll(' ', '\0')}\0`;
    } catch {
      return false; // it has ended
    }
  });

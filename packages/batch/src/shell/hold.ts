import { spawnSync } from 'node:child_process';
import { watchFile } from './run-command.ts';

/**
 * How a command and all that it starts are held together. `namespace`: by a process namespace of their own, which nothing leaves and
 * which ends with the first in it. `group`: by a process group, which a daemon leaves (`setsid`).
 */
export type Hold = 'namespace' | 'group';

const isRoot = (): boolean => process.getuid?.() === 0;

/**
 * The program that runs a script in namespaces of its own, of mounts and, where that holds it, of processes. `as`: who is not root can
 * have these only in a namespace of users, and is root there, who may mount, or itself.
 */
export const inNamespaces = (hold: Hold, as: 'root' | 'self'): readonly [string, ...string[]] => [
  'unshare',
  ...(isRoot() ? [] : ['-U', as === 'root' ? '-r' : '-c']),
  '-m',
  ...(hold === 'namespace' ? ['-p', '-f', '--mount-proc'] : []),
];

/** Ends all that is in the namespace but the first, which says this, and who alone may: elsewhere it would be all of the system. */
const endAll = '[ $$ = 1 ] && kill -s KILL -- -1';

/**
 * Runs the command line `$line` in the folder `$at` as what it starts is held, and leaves what it ended with in `$code`. When the process
 * that wants it done ends, however that came, so does all of it. What it leaves in the background may go on for a second, as what
 * writes a log may have to; then a namespace is emptied, so that nobody writes to what is about to be looked at.
 */
export const heldScript = (hold: Hold): string => `
${hold === 'namespace' ? '[ $$ = 1 ] || exit 125' : ''}
{ trap '' HUP INT TERM; read -r end; ${hold === 'namespace' ? endAll : 'kill -s KILL -- -$$'}; } <&${watchFile} > /dev/null 2>&1 &
watch=$!
exec ${watchFile}<&-
# Asked to end it waits for what it has started, which was asked as well.
trap : TERM
(cd "$at" && exec sh -c "$line")
code=$?
{ kill -s KILL $watch; wait $watch; } 2> /dev/null
${hold === 'namespace' ? emptied : ''}`;

const emptied = `
others() { set -- /proc/[0-9]*; [ $# -gt 1 ]; }
patience() { left=50; while others && [ $left -gt 0 ]; do sleep 0.02; left=$((left - 1)); done; }
patience
if others; then ${endAll}; patience; fi 2> /dev/null
`;

/** The program that runs a command line in the working folder, and holds it. */
export const heldCommand = (hold: Hold, line: string): readonly [string, ...string[]] => {
  const run = ['sh', '-c', `line=$1 at=.\n${heldScript(hold)}exit $code`, 'hotpath', line] as const;
  return hold === 'namespace' ? [...inNamespaces(hold, 'self'), ...run] : run;
};

let isAllowed: boolean | undefined;

/** Whether this system lets this user make process namespaces; found out once, by trying (some 5 ms). */
export const isNamespacePossible = (): boolean => {
  if (process.platform !== 'linux') return false;
  if (isAllowed === undefined) {
    const [program, ...args] = inNamespaces('namespace', 'self');
    const isAlone = 'set -- /proc/[0-9]*; [ "$$ $*" = "1 /proc/1" ]';
    isAllowed = spawnSync(program, [...args, 'sh', '-c', isAlone], { stdio: 'ignore', timeout: 5000 }).status === 0;
  }
  return isAllowed;
};

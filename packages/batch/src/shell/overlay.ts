import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isWithin } from '../files/within.ts';
import { type Hold, heldScript, inNamespaces } from './hold.ts';
import { overlayChanges } from './overlay-changes.ts';
import { removeOwn } from './remove-own.ts';
import { runCommand } from './run-command.ts';

/** Folders and files for what a command writes, beside the tree that it sees. */
export interface OverlayFolders {
  /** What was written, and nothing else: `upperdir`. */
  readonly upper: string;
  /** The kernel's own. */
  readonly work: string;
  /** The folders below the upper one, each ended by a zero byte. Stands as soon as the overlay does. */
  readonly members: string;
  /** The inode by which the command saw each of these at its end, one a line, and `end`. */
  readonly inodes: string;
}

/** Some systems have it otherwise: then a folder that was renamed, or a file with other rights, stands above without its content. */
const whole = 'redirect_dir=nofollow,metacopy=off,index=off,xino=off';

/**
 * Mounts the overlay over the root itself, in a mount namespace that ends with the command, so that all paths are the same. The root
 * is named by the working folder: its name may have characters that mount options cannot. At the end it writes down by which inode each
 * changed folder was seen: one that was replaced is seen by that of the upper folder, any other by that of the root's. Without the end
 * mark nothing of it is believed. Its file system is not asked to bring all that it holds to the disk at the end (`volatile`, Linux
 * 5.10): what a command wrote is made sure when it is carried out.
 */
const script = (hold: Hold): string => `
upper=$1 work=$2 members=$3 inodes=$4 options=$5 line=$6 inside=$7
options=lowerdir=.,upperdir=$upper,workdir=$work,$options
mount -t overlay overlay -o "$options,volatile" "$PWD" 2> /dev/null ||
  mount -t overlay overlay -o "$options" "$PWD" || exit 125
: > "$members"
root=$PWD at=$PWD/$inside
${heldScript(hold)}
cd "$upper" || exit 125
hasFolders=
for name in * .[!.]* ..?*; do if [ -d "$name" ] && [ ! -L "$name" ]; then hasFolders=yes; break; fi; done
if [ "$hasFolders" ]; then
  find . -mindepth 1 -type d -print0 > "$members" && cd "$root" && xargs -0 stat -c %i -- < "$members" > "$inodes"
fi && echo end 2> /dev/null >> "$inodes"
exit $code
`;

/** The program that runs a command line over an overlay of `root`; the working folder must be the root, `inside` is one within it. */
export const overlayCommand = (
  { upper, work, members, inodes }: OverlayFolders,
  { line, inside, hold }: { readonly line: string; readonly inside: string; readonly hold: Hold },
): readonly [string, ...string[]] => {
  const own = inNamespaces(hold, 'root');
  // In a namespace of users the attributes of the overlay are those of users.
  const options = own.includes('-U') ? `${whole},userxattr` : whole;
  return [...own, 'sh', '-c', script(hold), 'hotpath', upper, work, members, inodes, options, line, inside];
};

/** Mount options are parted by these. */
const hasSpecial = (path: string): boolean => /[,:\\\n]/.test(path);

export const makeOverlayFolders = (folder: string): OverlayFolders => {
  const within = (name: string): string => join(folder, name);
  const folders = {
    upper: within('upper'),
    work: within('work'),
    members: within('members'),
    inodes: within('inodes'),
  };
  mkdirSync(folders.upper, { recursive: true, mode: 0o700 });
  mkdirSync(folders.work, { mode: 0o700 });
  return folders;
};

/** Other file systems within the root, which an overlay of it does not show. */
const hasMountsBelow = (root: string): boolean => {
  try {
    return readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .some((mount) => {
        const point = (mount.split(' ')[1] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code) =>
          String.fromCharCode(Number.parseInt(code, 8)),
        );
        return point !== root && isWithin(point, root);
      });
  } catch {
    return true;
  }
};

const done = 'write after,remove before,mode kept,remove renamed,remove replaced/inner,folder to,write to/inner';

/** Whether what is done over an overlay whose folders stand here is told as it was done. */
const canMount = async (hold: Hold, within: string): Promise<boolean> => {
  const folder = mkdtempSync(join(within, 'overlay-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(join(root, 'replaced'), { recursive: true });
    mkdirSync(join(root, 'renamed'));
    for (const name of ['before', 'replaced/inner', 'renamed/inner', 'kept']) writeFileSync(join(root, name), 'text');
    const folders = makeOverlayFolders(join(folder, 'own'));
    const line = 'rm before && : > after && rm -r replaced && mkdir replaced && chmod 700 kept && mv renamed to';
    const command = overlayCommand(folders, { line, inside: '.', hold });
    const { exitCode } = await runCommand(command, { cwd: root, env: process.env, signal: AbortSignal.timeout(5000) });
    const changes = exitCode === 0 ? await overlayChanges(root, folders, AbortSignal.timeout(5000)) : [];
    return changes?.map(({ type, path }) => `${type} ${path}`).join() === done;
  } catch {
    return false;
  } finally {
    await removeOwn(folder);
  }
};

const holds = new Map<number, Promise<Hold | undefined>>();

/**
 * How commands over this root are held where they can be given an overlay whose own folders stand in `folder`: where this system lets this
 * user mount one there, and tells what was done over it. Found out once for a file system, by trying (some 20 ms).
 */
export const overlayHoldOf = async (root: string, folder: string): Promise<Hold | undefined> => {
  if (process.platform !== 'linux' || hasSpecial(folder) || hasMountsBelow(root)) return undefined;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { dev } = statSync(folder);
  // On two file systems the inodes of folders say nothing.
  if (dev !== statSync(root).dev) return undefined;
  const find = async (): Promise<Hold | undefined> => {
    for (const hold of ['namespace', 'group'] as const) if (await canMount(hold, folder)) return hold;
    return undefined;
  };
  const known = holds.get(dev) ?? find();
  holds.set(dev, known);
  return known;
};

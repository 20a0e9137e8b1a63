import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** A folder for what a command writes, beside the tree that it sees. */
export interface OverlayFolders {
  /** What was written, and nothing else: `upperdir`. */
  readonly upper: string;
  /** The kernel's own. */
  readonly work: string;
  /** The members of changed folders as the command left them, each ended by a zero byte. */
  readonly members: string;
}

/**
 * Mounts the overlay over the root itself, in a mount namespace that ends with the command, so that all paths are the same. The root
 * is named by the working folder: its name may have characters that mount options cannot. At the end it writes down what is in
 * each changed folder: of one that was replaced, the upper folder does not say what is gone.
 */
const script = `
upper=$1 work=$2 members=$3 options=$4 line=$5 inside=$6
mount -t overlay overlay -o "lowerdir=.,upperdir=$upper,workdir=$work$options" "$PWD" || exit 125
root=$PWD
cd "$root/$inside" || exit 125
sh -c "$line"
code=$?
cd "$upper" && find . -type d -print0 | (cd "$root" && xargs -0 -r sh -c 'find "$@" -mindepth 1 -maxdepth 1 -prune -print0' find-members) > "$members"
exit $code
`;

const isRoot = (): boolean => process.getuid?.() === 0;

/** The program that runs a command line over an overlay of `root`; the working folder must be the root. */
export const overlayCommand = (
  { upper, work, members }: OverlayFolders,
  line: string,
  inside: string,
): readonly [string, ...string[]] => {
  // Who is not root becomes it in a namespace of users, where attributes of the overlay are those of users.
  const [namespaces, options] = isRoot() ? [['-m'], ''] : [['-U', '-r', '-m'], ',userxattr'];
  return ['unshare', ...namespaces, 'sh', '-c', script, 'hotpath', upper, work, members, options, line, inside];
};

/** Mount options are parted by these. */
const hasSpecial = (path: string): boolean => /[,:\\\n]/.test(path);

export const makeOverlayFolders = (folder: string): OverlayFolders => {
  const folders = { upper: join(folder, 'upper'), work: join(folder, 'work'), members: join(folder, 'members') };
  mkdirSync(folders.upper, { recursive: true, mode: 0o700 });
  mkdirSync(folders.work, { mode: 0o700 });
  return folders;
};

/** Other file systems within the root, which an overlay of it does not show. */
const hasMountsBelow = (root: string): boolean => {
  try {
    return readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .some((mount) =>
        (mount.split(' ')[1] ?? '').replaceAll('\\040', ' ').startsWith(root === sep ? sep : root + sep),
      );
  } catch {
    return true;
  }
};

let works: boolean | undefined;

/** Whether this system lets this user mount overlays; found out once, by trying (some 10 ms). */
const canMount = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-overlay-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(root);
    writeFileSync(join(root, 'before'), '');
    const folders = makeOverlayFolders(join(folder, 'own'));
    const [program, ...args] = overlayCommand(folders, 'rm before && : > after', '.');
    const { status } = spawnSync(program, args, { cwd: root, stdio: 'ignore', timeout: 5000 });
    return status === 0 && readdirSync(folders.upper).length === 2 && readdirSync(root).join() === 'before';
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** Whether commands over this root can be given an overlay whose own folders stand in `folder`. */
export const isOverlayPossible = (root: string, folder: string): boolean => {
  if (process.platform !== 'linux' || hasSpecial(folder) || hasMountsBelow(root)) return false;
  works ??= canMount();
  return works;
};

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { overlayChanges } from './overlay-changes.ts';

/** A folder for what a command writes, beside the tree that it sees. */
export interface OverlayFolders {
  /** What was written, and nothing else: `upperdir`. */
  readonly upper: string;
  /** The kernel's own. */
  readonly work: string;
  /** The folders that were there before, with the inode by which the command saw each at its end; each is ended by a zero byte. */
  readonly members: string;
}

/**
 * Mounts the overlay over the root itself, in a mount namespace that ends with the command, so that all paths are the same. The root
 * is named by the working folder: its name may have characters that mount options cannot, and it is what the shell itself goes on to
 * see below the mount. At the end it writes down by which inode each changed folder was seen: one that was replaced is seen by that
 * of the upper folder, any other by that of the root's. Without the end mark nothing of it is believed.
 */
const script = `
upper=$1 work=$2 members=$3 options=$4 line=$5 inside=$6
mount -t overlay overlay -o "lowerdir=.,upperdir=$upper,workdir=$work$options" "$PWD" || exit 125
root=$PWD
(cd "$root/$inside" && exec sh -c "$line")
code=$?
(cd "$upper" && find . -type d -print0) | xargs -0 -r sh -c 'root=$1; shift
for folder; do
  [ -d "$folder" ] && [ ! -L "$folder" ] || continue
  seen=$(ls -di -- "$root/$folder") || exit 1
  printf "%s%s\\0" "\${seen%%/*}" "$folder" || exit 1
done' folders "$root" > "$members" && printf 'end\\0' >> "$members"
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

/** Whether this system lets this user mount overlays, and tells what was done over them; found out once, by trying (some 20 ms). */
const canMount = (): boolean => {
  const folder = mkdtempSync(join(tmpdir(), 'hotpath-overlay-'));
  try {
    const root = join(folder, 'root');
    mkdirSync(join(root, 'replaced'), { recursive: true });
    for (const name of ['before', 'replaced/inner', 'kept']) writeFileSync(join(root, name), '');
    const folders = makeOverlayFolders(join(folder, 'own'));
    const line = 'rm before && : > after && rm -r replaced && mkdir replaced';
    const [program, ...args] = overlayCommand(folders, line, '.');
    const { status } = spawnSync(program, args, { cwd: root, stdio: 'ignore', timeout: 5000 });
    const changes = status === 0 ? overlayChanges(root, folders) : [];
    return (
      changes.map(({ type, path }) => `${type} ${path}`).join() === 'write after,remove before,remove replaced/inner'
    );
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const deviceOf = (path: string): number | undefined => {
  for (let at = path; ; at = dirname(at)) {
    const status = statSync(at, { throwIfNoEntry: false });
    if (status !== undefined || dirname(at) === at) return status?.dev;
  }
};

/** Whether commands over this root can be given an overlay whose own folders stand in `folder`. */
export const isOverlayPossible = (root: string, folder: string): boolean => {
  if (process.platform !== 'linux' || hasSpecial(folder) || hasMountsBelow(root)) return false;
  // On two file systems the inodes of folders say nothing.
  if (deviceOf(folder) !== deviceOf(root)) return false;
  works ??= canMount();
  return works;
};

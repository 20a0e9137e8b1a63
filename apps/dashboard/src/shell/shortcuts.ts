export interface Shortcut {
  /** One key, or two after each other: `g o`. */
  readonly keys: string;
  readonly about: string;
  readonly act: () => void;
}

export interface ShortcutsOptions {
  readonly shortcuts: () => readonly Shortcut[];
  readonly now?: () => number;
}

/** How long the first key of two waits for the second. */
const patienceMs = 1_500;

/** Takes keys as they are pressed; answers whether one of the shortcuts was meant. */
export const createShortcuts = ({ shortcuts, now = Date.now }: ShortcutsOptions): ((key: string) => boolean) => {
  let first: { readonly key: string; readonly at: number } | undefined;
  return (key) => {
    const begun = first !== undefined && now() - first.at <= patienceMs ? `${first.key} ${key}` : key;
    first = undefined;
    const known = shortcuts();
    const meant = known.find(({ keys }) => keys === begun) ?? known.find(({ keys }) => keys === key);
    if (meant !== undefined) {
      meant.act();
      return true;
    }
    if (!known.some(({ keys }) => keys.startsWith(`${key} `))) return false;
    first = { key, at: now() };
    return true;
  };
};

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly target: { readonly tagName?: string | undefined; readonly isContentEditable?: boolean | undefined } | null;
}

/** Whether a key is for the page rather than for a field or the browser. */
export const isForPage = ({ ctrlKey, metaKey, altKey, target }: KeyPress): boolean =>
  !ctrlKey &&
  !metaKey &&
  !altKey &&
  !target?.isContentEditable &&
  !['INPUT', 'SELECT', 'TEXTAREA'].includes(target?.tagName ?? '');

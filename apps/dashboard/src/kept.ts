/** What the browser keeps of a choice; it may keep nothing of pages it was told not to. */
export const readKept = (name: string): string | null => {
  try {
    return window.localStorage.getItem(name);
  } catch {
    return null;
  }
};

/** Where it cannot be kept, it lasts as long as the page. */
export const keep = (name: string, value: string): void => {
  try {
    window.localStorage.setItem(name, value);
  } catch {}
};

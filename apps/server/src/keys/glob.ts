/**
 * The matcher of a pattern over names of models: `*` is any run of characters, slashes too, `?` any one; case counts.
 * Its time is at most the product of both lengths, which a regular expression does not promise, and names are a client's to
 * choose.
 */
export const compileGlob = (pattern: string): ((name: string) => boolean) => {
  if (!/[*?]/.test(pattern)) return (name) => name === pattern;
  return (name) => {
    let at = 0;
    let place = 0;
    // Where to go on when what follows the last run turns out not to fit.
    let runPlace = -1;
    let runAt = 0;
    while (at < name.length) {
      if (pattern[place] === '*') {
        runPlace = place;
        runAt = at;
        place += 1;
      } else if (place < pattern.length && (pattern[place] === '?' || pattern[place] === name[at])) {
        place += 1;
        at += 1;
      } else if (runPlace === -1) return false;
      else {
        runAt += 1;
        at = runAt;
        place = runPlace + 1;
      }
    }
    while (pattern[place] === '*') place += 1;
    return place === pattern.length;
  };
};

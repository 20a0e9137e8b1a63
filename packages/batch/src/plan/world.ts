/** What a plan wants to know of where it is to run. All of it is looked at, nothing changed. Paths are relative to the root. */
export interface World {
  exists(path: string): Promise<boolean>;
  /** Files that a path or glob names, up to `most`, sorted: of a folder all below it. */
  list(pattern: string, most: number): Promise<readonly string[]>;
  /** SHA-256 of the content in hexadecimal; of a symbolic link, that of where it leads and that it is one; `undefined` where there is no such file. */
  hash(path: string): Promise<string | undefined>;
  /** Names of commands on the PATH; `undefined` where that is not known. */
  commands(): Promise<ReadonlySet<string> | undefined>;
  /** What is free where the root is; `undefined` where that is not known. */
  freeBytes(): Promise<number | undefined>;
}

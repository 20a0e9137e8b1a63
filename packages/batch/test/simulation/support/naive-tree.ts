import type { FileChange, JsonChange } from '../../../src/index.ts';
import { naiveChange } from '../../json/support/naive.ts';

/** What stands at a path. */
export type NaiveNode =
  | { readonly content: string; readonly mode: number }
  | { readonly target: string }
  | { readonly folder: true; readonly mode: number };

/** A tree in a map, changed in the simplest way there is. Throws for what cannot be done. */
export class NaiveTree {
  readonly nodes: Map<string, NaiveNode>;

  constructor(nodes: Iterable<readonly [string, NaiveNode]> = []) {
    this.nodes = new Map(nodes);
  }

  clone(): NaiveTree {
    return new NaiveTree(this.nodes);
  }

  paths(): readonly string[] {
    return [...this.nodes.keys()].sort();
  }

  below(path: string): readonly string[] {
    return this.paths().filter((other) => other.startsWith(`${path}/`));
  }

  text(path: string): string {
    const node = this.nodes.get(path);
    if (node === undefined || !('content' in node)) throw new Error(`There is no file ${path}.`);
    return node.content;
  }

  private makeFolders(path: string): void {
    const names = path.split('/').slice(0, -1);
    for (let end = 1; end <= names.length; end += 1) {
      const folder = names.slice(0, end).join('/');
      const node = this.nodes.get(folder);
      if (node === undefined) this.nodes.set(folder, { folder: true, mode: 0o755 });
      else if (!('folder' in node)) throw new Error(`${folder} is no folder.`);
    }
  }

  change(change: FileChange): void {
    const { path } = change;
    const there = this.nodes.get(path);
    const isFolder = there !== undefined && 'folder' in there;
    if (change.type === 'write') {
      if (isFolder || 'from' in change) throw new Error(`${path} cannot be written.`);
      this.makeFolders(path);
      const mode = change.mode ?? (there !== undefined && 'content' in there ? there.mode : 0o644);
      this.nodes.set(path, { content: String(change.content), mode });
    } else if (change.type === 'link') {
      if (isFolder) throw new Error(`${path} is a folder.`);
      this.makeFolders(path);
      this.nodes.set(path, { target: change.target });
    } else if (change.type === 'folder') {
      if (there !== undefined && !isFolder) throw new Error(`${path} is no folder.`);
      this.makeFolders(path);
      this.nodes.set(path, { folder: true, mode: change.mode ?? (isFolder ? there.mode : 0o755) });
    } else if (there === undefined) throw new Error(`${path} is not there.`);
    else if (change.type === 'remove') {
      for (const other of [path, ...this.below(path)]) this.nodes.delete(other);
    } else if (change.type === 'mode') {
      if ('target' in there) throw new Error(`${path} is a link.`);
      this.nodes.set(path, { ...there, mode: change.mode });
    } else this.rename(path, change.to);
  }

  private rename(path: string, to: string): void {
    this.makeFolders(to);
    for (const from of [path, ...this.below(path)]) {
      this.nodes.set(to + from.slice(path.length), this.nodes.get(from) as NaiveNode);
      this.nodes.delete(from);
    }
  }

  edit(change: JsonChange): void {
    const { document } = change;
    const node = this.nodes.get(document);
    const changed = naiveChange(JSON.parse(this.text(document)), change);
    if (changed === undefined || node === undefined || !('mode' in node))
      throw new Error(`${document} has no such place: ${JSON.stringify(change)}`);
    this.nodes.set(document, { content: JSON.stringify(changed.value), mode: node.mode });
  }

  toObject(): Record<string, NaiveNode> {
    return Object.fromEntries(this.paths().map((path) => [path, this.nodes.get(path) as NaiveNode]));
  }
}

export type { FileChange } from './files/file-change.ts';
export type { FileStatus, FileSystem, NewFileOptions } from './files/file-system.ts';
export type { FilesWorkspaceOptions } from './files/files-workspace.ts';
export { filesWorkspace } from './files/files-workspace.ts';
export { nodeFileSystem } from './files/node-file-system.ts';

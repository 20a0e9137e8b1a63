export type { FileStamp } from './file-stamps.ts';
export { areUnchanged } from './file-stamps.ts';

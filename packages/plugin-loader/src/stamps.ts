export type { FileStamp } from './file-stamps.ts';
export { areUnchanged, stampFile } from './file-stamps.ts';

import type { FileStatus } from './file-system.ts';

/** What is to stand at a path: as it is on the disk somewhere, or new. */
export type PlannedNode =
  | { readonly kind: 'disk'; readonly origin: string; readonly status: FileStatus; readonly mode?: number | undefined }
  | {
      readonly kind: 'content';
      readonly content: string | Uint8Array;
      readonly mode?: number | undefined;
      readonly owner?: FileStatus | undefined;
    }
  | { readonly kind: 'from'; readonly from: string; readonly mode?: number | undefined }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'folder'; readonly mode?: number | undefined };

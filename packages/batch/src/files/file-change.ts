/** One change to one path, relative to the root, with `/`. */
export type FileChange =
  | {
      readonly type: 'write';
      readonly path: string;
      readonly content: string | Uint8Array;
      readonly mode?: number | undefined;
    }
  | {
      readonly type: 'write';
      readonly path: string;
      /** A file that has the content already, and that may be taken away. */
      readonly from: string;
      readonly mode?: number | undefined;
    }
  | { readonly type: 'remove'; readonly path: string }
  | { readonly type: 'rename'; readonly path: string; readonly to: string }
  | { readonly type: 'mode'; readonly path: string; readonly mode: number }
  | { readonly type: 'link'; readonly path: string; readonly target: string }
  | { readonly type: 'folder'; readonly path: string; readonly mode?: number | undefined };

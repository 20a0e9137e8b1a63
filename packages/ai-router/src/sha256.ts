import crypto, { createHash } from 'node:crypto';

type Encoding = 'base64url' | 'hex';

/** SHA-256 of a text in UTF-8, or of bytes. @default encoding "base64url" */
export const sha256: (data: string | Uint8Array, encoding?: Encoding) => string = crypto.hash
  ? (data, encoding = 'base64url') => crypto.hash('sha256', data, encoding)
  : // Node before 20.12.
    (data, encoding = 'base64url') => createHash('sha256').update(data).digest(encoding);

import crypto, { createHash } from 'node:crypto';

type Encoding = 'base64url' | 'hex';

/** SHA-256 of a text in UTF-8. @default encoding "base64url" */
export const sha256: (text: string, encoding?: Encoding) => string = crypto.hash
  ? (text, encoding = 'base64url') => crypto.hash('sha256', text, encoding)
  : // Node before 20.12.
    (text, encoding = 'base64url') => createHash('sha256').update(text).digest(encoding);

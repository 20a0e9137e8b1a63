import crypto from 'node:crypto';

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** A new id as the APIs' own look: the prefix and 24 random digits of base 62. */
export const makeId = (prefix: 'file-' | 'batch_' | 'batch_req_' | 'msgbatch_'): string => {
  let id: string = prefix;
  // Numbers beyond the last multiple of 62 would make some digits likelier than others.
  while (id.length < prefix.length + 24) {
    for (const byte of crypto.randomBytes(32)) {
      if (byte < 248 && id.length < prefix.length + 24) id += digits[byte % 62];
    }
  }
  return id;
};

/** The same bytes in a buffer of exactly their length: a view of a pool or of a work buffer keeps all of it alive. */
export const exactBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes);

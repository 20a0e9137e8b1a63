/** What may lie around the bytes: about the header of an envelope. To copy them would cost more than to keep it. */
const slackBytes = 128;

/** The same bytes in a buffer of about their length: a view of a pool or of a work buffer keeps all of it alive. */
export const exactBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.buffer.byteLength - bytes.byteLength <= slackBytes ? bytes : new Uint8Array(bytes);

/**
 * What moves the cursor, breaks a line or turns the direction of a text, and begins every escape sequence. In texts that others wrote
 * (manifests, lists of models, configurations, answers of servers) it could hide or forge what a terminal shows.
 */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu;

/** A text of somebody else's as it can be printed within a line. */
export const oneLine = (text: string): string => text.replace(unsafe, ' ');

/** The same for one of several lines. */
export const plainLines = (text: string): string => text.split('\n').map(oneLine).join('\n');

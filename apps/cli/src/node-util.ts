// Importing node:util makes Node read all of its exports, and with them load MIME types, text diffs and standard error:
// 2 ms of every start.
export const { parseArgs, stripVTControlCharacters, styleText } = process.getBuiltinModule('node:util');

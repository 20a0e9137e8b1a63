/** JSON on one line, the same otherwise: line breaks between its parts mean nothing, and in its strings there are none. */
export const onOneLine = (json: Buffer): Buffer => {
  if (!json.includes('\n') && !json.includes('\r')) return json;
  const line = Buffer.from(json);
  for (const lineBreak of ['\n', '\r']) {
    for (let at = line.indexOf(lineBreak); at !== -1; at = line.indexOf(lineBreak, at + 1)) line[at] = 0x20;
  }
  return line;
};

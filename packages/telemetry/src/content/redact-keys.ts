/** Takes something out of a text, in a time that grows with its length alone. */
export type Redact = (text: string) => string;

const keyMark = '[key]';

/** A name that says that what follows is a secret, up to its first character. */
export const secretNames = String.raw`(?:api[_-]?key|secret|token|passw(?:or)?d|passwd|access[_-]?key|private[_-]?key|credentials?)\\?["']?\s{0,3}(?:[:=]|=>)\s{0,3}\\?["']?`;

// Every repetition is followed by nothing that could fail, or is bounded: no text makes them slow.
const keyLike = new RegExp(
  [
    // Model providers, and this gateway's own.
    String.raw`\b(?:sk|rk|xai|gsk|pplx|csk|nvapi|r8|hp|whsec)[-_](?=[\w-]{0,80}\d)[\w-]{6,}`,
    String.raw`\b(?:sk|rk|xai|gsk|pplx|csk|nvapi|r8|hp|whsec|pk|hf|npm|pypi|glpat|dop_v1|sq0atp|sq0csp|shpat|lin_api|figd)[-_][\w-]{16,}`,
    // Cloud providers, code hosts, chats, mail.
    String.raw`\bA(?:KIA|SIA|ROA|GPA|IDA|NPA)[A-Z0-9]{12,}`,
    String.raw`\bAIza[\w-]{16,}`,
    String.raw`\bya29\.[\w.-]{16,}`,
    String.raw`\b(?:gh[opusr]|github_pat)_\w{16,}`,
    String.raw`\bxox[a-z]-[\w-]{8,}`,
    String.raw`\bSG\.[\w-]{16,}\.[\w-]{16,}`,
    String.raw`\b\d{8,10}:[\w-]{35}\b`,
    String.raw`(?<=hooks\.slack\.com\/services\/)[\w/-]{16,}`,
    // Tokens of the web.
    String.raw`\beyJ[\w-]{8,}[\w.-]*`,
    String.raw`(?<=\bbearer\s)(?=[\w.~+/=-]{0,80}\d)[\w.~+/=-]{6,}`,
    String.raw`(?<=\bbasic\s)(?=[\w+/]{0,200}[\d=])[\w+/=]{12,}`,
    // A password in an address, also without a user; what begins with a port and a path is none.
    String.raw`(?<=:\/\/[^\s/:@]{0,64}:)(?!\d{1,5}\/)[^\s@"]{1,128}(?=@)`,
    // What a name says is a secret, where it has a digit: prose after "password:" has none.
    String.raw`(?<=${secretNames})(?=[^\s"'\\,;]{0,64}\d)[^\s"'\\,;]{6,}`,
  ].join('|'),
  'gi',
);

/** A private key, also one whose end is missing, or its beginning where the text begins within. */
const privateKeys =
  /^[\w+/=\\\s]*-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}-----|$)/g;

export const redactKeys: Redact = (text) => text.replace(privateKeys, keyMark).replace(keyLike, keyMark);

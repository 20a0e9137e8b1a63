/** What looks like a key: of providers, of this gateway, of AWS, GitHub and Slack, and tokens of the web. */
const keys =
  /\b(?:sk|pk|rk|hp|xai|gsk|pplx|r8|nvapi|hf|ghp|gho|github_pat|xox[a-z])[-_][\w-]{6,}|\bA(?:KIA|IZA|SIA)[\w-]{12,}|\beyJ[\w-]{8,}[\w.-]*|\bBearer\s+\S+/gi;

const longest = 200;

/**
 * A text of a client or provider as a log may have it: not too long, and without what looks like a key, which people put
 * where it does not belong.
 */
export const shown = (text: string): string => {
  const masked = text.slice(0, longest * 4).replace(keys, '***');
  return masked.length > longest ? `${masked.slice(0, longest)}…` : masked;
};

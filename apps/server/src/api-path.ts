const versionless = /^\/(?=(?:messages|chat\/completions|responses|embeddings|models|files|batches)(?:[/?]|$))/;

/**
 * SDKs disagree on whose `/v1` it is: of two that read the same variable for their base URL, one adds it and the other
 * expects it there. Both are right: what stands without it is served as if it were there.
 */
export const withVersion = (url: string): string => url.replace(versionless, '/v1/');

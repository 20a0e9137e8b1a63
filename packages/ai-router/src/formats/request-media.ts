import type { MediaSource } from '../wire-format.ts';

const dataUrl = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i;

/** What a URL points at: a base64 data URL holds the bytes themselves. */
export function mediaSourceOf(url: string): MediaSource {
  const [head, mediaType] = dataUrl.exec(url) ?? [];
  if (head === undefined) return { kind: 'url', url };
  return { kind: 'base64', mediaType: mediaType || 'text/plain', data: url.slice(head.length) };
}

/** The URL of a source: its own, or a data URL of its bytes. */
export function mediaUrlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.data}`;
}

import { describe, expect, test } from 'vitest';
import { mediaSourceOf, mediaUrlOf } from '../../src/formats/request-media.ts';

describe('what a URL points at', () => {
  test.each([
    ['data:image/png;base64,AAAA', 'image/png', 'AAAA'],
    ['DATA:image/png;Base64,AAAA', 'image/png', 'AAAA'],
    ['data:text/plain;charset=utf-8;base64,SGk=', 'text/plain', 'SGk='],
    ['data:;base64,SGk=', 'text/plain', 'SGk='],
    ['data:image/png;base64,', 'image/png', ''],
  ])('is the bytes in %s', (url, mediaType, data) => {
    expect(mediaSourceOf(url)).toEqual({ kind: 'base64', mediaType, data });
  });

  test.each(['https://example.com/a.png', 'data:text/plain,Hi', 'https://example.com/data:image/png;base64,AAAA'])(
    'is somewhere else for %s',
    (url) => {
      expect(mediaSourceOf(url)).toEqual({ kind: 'url', url });
      expect(mediaUrlOf({ kind: 'url', url })).toBe(url);
    },
  );

  test('is written as it is read', () => {
    const url = 'data:application/pdf;base64,JVBERg==';
    expect(mediaUrlOf(mediaSourceOf(url))).toBe(url);
  });
});

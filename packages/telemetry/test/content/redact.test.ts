import { array, assert, constantFrom, integer, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createContentRedact } from '../../src/content/redact.ts';

const redact = createContentRedact();

/** Adds the check digit (Luhn, ISO/IEC 7812-1, annex B). */
const withCheckDigit = (digits: string): string => {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const doubled = index % 2 === 0 ? Number(digit) * 2 : Number(digit);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return `${digits}${(10 - (sum % 10)) % 10}`;
};

const repeat = (text: string, length: number): string => text.repeat(Math.ceil(length / text.length)).slice(0, length);

describe('keys', () => {
  const random = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0';
  it.each([
    ['OpenAI', `sk-proj-${random}`],
    ['Anthropic', `sk-ant-api03-${random}_${random}AA`],
    ['xAI', `xai-${random}`],
    ['Groq', `gsk_${random}`],
    ['Google', `AIzaSy${random.slice(0, 33)}`],
    ['a token of Google', `ya29.${random}`],
    ['AWS', 'AKIAIOSFODNN7EXAMPLE'],
    ['GitHub', `ghp_${random.slice(0, 36)}`],
    ['a fine-grained one of GitHub', `github_pat_${random}`],
    ['GitLab', `glpat-${random.slice(0, 20)}`],
    ['Slack', 'xoxb-123456789012-abcdefghijkl'],
    ['Hugging Face, which has letters alone', 'hf_abcdefghijklmnopqrstuvwxyzABCDEFGH'],
    ['Stripe', `sk_live_${random.slice(0, 24)}`],
    ['npm', `npm_${random.slice(0, 36)}`],
    ['SendGrid', `SG.${random.slice(0, 22)}.${random}`],
    ['Telegram', `123456789:${random.slice(0, 35)}`],
    ['this gateway', `hp-${random}abc`],
    ['a token of the web', `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.${random}`],
  ])('are taken out: %s', (_, key) => {
    for (const text of [key, `use ${key} please`, `"key":"${key}"`, `(${key}), then`, `KEY=${key}\nnext`]) {
      const redacted = redact(text);
      expect(redacted).not.toContain(key);
      expect(redacted).toContain('[key]');
    }
  });

  it('are taken out where what stands before says so', () => {
    expect(redact('Authorization: Bearer abc123def')).toBe('Authorization: Bearer [key]');
    expect(redact('authorization: Basic dXNlcjpwYXNzd29yZA==')).toBe('authorization: Basic [key]');
    expect(redact('postgres://app:hunter2@db.local/x')).toBe('postgres://app:[key]@db.local/x');
    for (const password of ['s3cretpw', 'a:b:c', "it's", 'a/b/c', '12345678/a'])
      for (const user of ['', 'app'])
        expect(redact(`redis://${user}:${password}@host:6379/0`)).toBe(`redis://${user}:[key]@host:6379/0`);
    expect(redact('password=hunter2')).toBe('password=[key]');
    expect(redact('password: abc12')).toBe('password: abc12');
    expect(redact('password = "correct-h0rse" and more')).toBe('password = "[key]" and more');
    expect(redact('{"api_key": "0123456789abcdef", "n": 1}')).toBe('{"api_key": "[key]", "n": 1}');
    expect(redact('AZURE_API_KEY=0123456789abcdef')).toBe('AZURE_API_KEY=[key]');
    expect(redact(String.raw`{\"token\":\"0123456789abcdef\"}`)).toBe(String.raw`{\"token\":\"[key]\"}`);
  });

  it('are taken out in blocks, also of a block that does not end', () => {
    const block = '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\nZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----';
    expect(redact(`before\n${block}\nafter`)).toBe('before\n[key]\nafter');
    expect(redact(`before\n${block.slice(0, 60)}`)).toBe('before\n[key]');
    expect(redact(`${block.slice(40)}\nafter`)).toBe('[key]\nafter');
  });

  it('are not what prose and code are made of', () => {
    for (const text of [
      'The password: ask your administrator for it. A token is a word; max_tokens: 100000.',
      'sk-learn, pk_column, hf_hub, basic understanding and a bearer of bad news',
      'const tokens = usage.inputTokens + usage.outputTokens;',
      'import "http://localhost:5173/@vite/client"; http://127.0.0.1:80/users/@me',
      'See https://example.com/a:b/c and step-by-step risk-management.',
    ])
      expect(redact(text)).toBe(text);
  });
});

describe('e-mail addresses', () => {
  it.each([
    ['mail john.smith+tag@example.co.uk today', 'mail [e-mail] today'],
    ['<jane@example.com>, "o\'neil@example.org".', '<[e-mail]>, "[e-mail]".'],
    ['müller@straße.example', '[e-mail]'],
    ['to=john%40example.com&x', 'to=[e-mail]&x'],
    [String.raw`{"to":"john\u0040example.com"}`, '{"to":"[e-mail]"}'],
    ['a@b.io,c@d.io', '[e-mail],[e-mail]'],
    ['mailto:x_y@mail.example.com?subject=hi', 'mailto:[e-mail]?subject=hi'],
    ['ends the sentence with me@example.com.', 'ends the sentence with [e-mail].'],
  ])('are taken out of %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it('are not what else has an @', () => {
    for (const text of ['npm i vite@7.1.2 @scope/name', '@app.route("/")', 'root@localhost', 'a @ b.com', '@@.com'])
      expect(redact(text)).toBe(text);
  });
});

describe('numbers of cards', () => {
  it.each([
    ['4111111111111111', '[card]'],
    ['4111 1111 1111 1111, 12/29', '[card], 12/29'],
    ['5500-0000-0000-0004', '[card]'],
    ['3782 822463 10005', '[card]'],
    ['VISA4111111111111111!', 'VISA[card]!'],
    ['order 123, card 4111 1111 1111 1111 and 6011 0009 9013 9424', 'order 123, card [card] and [card]'],
    ['4111\u00a01111\u00a01111\u00a01111', '[card]'],
    ['call 4111 1111 1111 1112', 'call 4111 1111 1111 1112'],
    ['at 1767225600000 ms', 'at 1767225600000 ms'],
    ['0.4111111111111111', '0.4111111111111111'],
  ])('are found in %s', (text, redacted) => {
    expect(redact(text)).toBe(redacted);
  });

  it('are found wherever they stand, in whatever groups of three and more', () => {
    const words = constantFrom('pay', 'with', 'the card', '(', ')', 'no. 7', '\n');
    assert(
      property(
        integer({ min: 2, max: 6 }),
        array(integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 17 }),
        constantFrom('', ' ', '-'),
        integer({ min: 3, max: 7 }),
        array(words),
        array(words),
        (first, digits, separator, width, before, after) => {
          const card = withCheckDigit(`${first}${digits.join('')}`);
          const groups = card.match(new RegExp(`\\d{3,${width}}(?=\\d{3}|$)|\\d+`, 'g')) ?? [];
          const shown = groups.join(separator);
          const redacted = redact([...before, shown, ...after].join(' '));
          expect(redacted).not.toContain(shown);
        },
      ),
    );
  });
});

describe('redaction', () => {
  it('takes out what own patterns match, and what is switched off stays', () => {
    const own = createContentRedact({ emails: false, cards: false, keys: false, patterns: ['(?<=customer )C-\\d+'] });
    const text = 'customer C-4711, me@example.com, 4111111111111111, sk-abcdef123456';
    expect(own(text)).toBe(text.replace('C-4711', '[redacted]'));
  });

  it('refuses patterns that cannot be used', () => {
    expect(() => createContentRedact({ patterns: ['('] })).toThrow(/pattern \( cannot be used/);
    expect(() => createContentRedact({ patterns: ['x*'] })).toThrow(/where there is nothing/);
  });

  it('takes out bytes of images and what steers a terminal', () => {
    expect(redact('see data:image/png;base64,iVBORw0KGgo= and \u001b[31mred\u0000')).toBe('see [base64] and [31mred');
    for (const head of ['data:image/svg+xml;charset=utf-8', 'data:', 'DATA:text/plain;name=a.txt'])
      expect(redact(`see ${head};base64,iVBORw0KGgo=, please`)).toBe('see [base64], please');
  });

  it('finds nothing more when it is done again', () => {
    const pieces = constantFrom(
      '4111111111111111',
      'a@b.co',
      'sk-abc123',
      ' ',
      '-',
      'x',
      '1',
      '@',
      '.',
      'Bearer ',
      '%40',
      '"',
    );
    assert(
      property(array(pieces), string(), (texts, noise) => {
        const once = redact(`${texts.join(' ')} ${noise}`);
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it.each([
    'a@',
    '@',
    'a',
    'a.',
    'a.a@',
    'a.1@a.',
    '%40',
    'x@y.',
    '1',
    '4',
    '411 ',
    '4111-',
    '4111 1111 ',
    'sk-',
    'sk-a ',
    'eyJ',
    'Bearer ',
    'Bearer a',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    '-----END ',
    '://',
    '://a:',
    '://:',
    '://:a/',
    "://a:b'",
    'a\n-----END ',
    'password=a',
    'a:',
    'key:',
    'key="',
    'password= ',
    'data:',
    'data:a;base64,',
    'SG.',
    `SG.${'a'.repeat(20)}`,
    '123456789:',
    'hooks.slack.com/services/',
    ' ',
    '\\u0040',
  ])('takes a time that grows with the length alone: %j', (piece) => {
    // More than ever comes in one piece. It takes some tens of milliseconds; with its square it took minutes.
    const text = repeat(piece, 300_000);
    const from = process.cpuUsage();
    redact(text);
    expect(process.cpuUsage(from).user / 1000).toBeLessThan(1_000);
  });
});

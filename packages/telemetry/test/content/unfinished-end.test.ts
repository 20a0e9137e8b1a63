import { describe, expect, it } from 'vitest';
import { redactCaptured } from '../../src/content/captured.ts';
import { createContentRedact } from '../../src/content/redact.ts';
import { captured } from './support.ts';

const redact = createContentRedact({ patterns: ['C-\\d+'] });
const keptOf = (answer: string, more = {}) => {
  const { answer: kept, isAnswerCut } = redactCaptured(captured({ answer, outcome: 'left', ...more }), redact);
  return { kept, isAnswerCut };
};
const random = 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0';
const withoutDigits = 'abcdefghijklmnopqrstuvwxyzABCDEFGH';

describe('an answer that broke off', () => {
  it.each([
    ['Your card is ', '4111 1111 1111 1111'],
    ['Your card is ', '4111\u00a01111\u00a01111\u00a01111'],
    ['Your card is ', '3782 - 822463 - 10005'],
    ['{"card":"', '5500-0000-0000-0004'],
    ['mail ', 'john.roe+tag@mail.example.org'],
    ['{"to":"', String.raw`john.roe\u0040example.org`],
    ['写信给，', '王小明@例子.中国'],
    ['use ', `sk-proj-${random}`],
    ['use ', `hf_${withoutDigits}`],
    ['use ', `123456789:${random.slice(0, 35)}`],
    ['use ', `SG.${random.slice(0, 22)}.${random}`],
    ['https://hooks.slack.com/services/', `T000/B000/${random}`],
    ['Authorization: Bearer ', 'abc123def'],
    ['authorization: Basic ', 'dXNlcjpwYXNzd29yZA=='],
    ['{"password": "', '(Tr0ub4dor)<&3>'],
    ['password=', `${'hunter'.repeat(10)}2`],
    ['postgres', '://app:<hunter>2(x)@db.local/x'],
    ['of customer ', 'C-4711'],
  ])('keeps no beginning of what is a secret as a whole: %s%s', (before, secret) => {
    for (const outcome of ['left', 'failed'])
      for (let length = 1; length <= secret.length; length += 1) {
        const { kept } = keptOf(`It is so. ${before}${secret.slice(0, length)}`, { outcome });
        const unmarked = kept.replace(/\[(?:key|card|e-mail|redacted)\].*/, '');
        expect(`It is so. ${before}`.startsWith(unmarked), kept).toBe(true);
      }
  });

  it.each([
    ['The sky is blue, as light scat', 'The sky is blue, as light '],
    ['The sky is blue, as light ', 'The sky is blue, as light '],
    ['天空是蓝色的，因为', '天空是蓝色的，'],
    ['[calls mail] {"to":"Ann","text":"We met at noo', '[calls mail] {"to":"Ann","text":"We met at '],
    ['In 2024 it was 12', 'In 2024 it was '],
    ['charge 4111 1111 1111 1111, mail jane@example.com)', 'charge [card], mail [e-mail])'],
  ])('keeps what is whole of %j', (answer, kept) => {
    expect(keptOf(answer).kept).toBe(kept);
  });

  it('says so where something is missing at its end', () => {
    expect(keptOf('light scat').isAnswerCut).toBe(true);
    for (const answer of ['', 'mail jane@example.com!)']) expect(keptOf(answer).isAnswerCut).toBe(false);
  });

  it('loses no more than a bounded end, of whatever it is made', () => {
    const whole = 'x'.repeat(9_000);
    expect(keptOf(whole).kept.length).toBeGreaterThan(8_500);
    expect(keptOf(whole, { outcome: 'complete' }).kept).toBe(whole);
  });
});

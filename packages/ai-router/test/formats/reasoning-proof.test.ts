import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unwrapProof, wrapProof } from '../../src/formats/reasoning-proof.ts';
import type { Protocol, ReasoningProof } from '../../src/wire-format.ts';

const protocols: Protocol[] = ['openai-chat', 'openai-responses', 'anthropic-messages'];
const protocol = fc.constantFrom(...protocols);
const words = fc.string({ unit: 'binary', minLength: 1 });

describe('a proof in the field of another protocol', () => {
  test('comes back to the letter', () => {
    const proofs = fc.record(
      { protocol, data: fc.string({ unit: 'binary' }), id: words },
      { requiredKeys: ['protocol', 'data'] },
    );
    fc.assert(
      fc.property(proofs, protocol, (proof, field) => {
        const wrapped = wrapProof(proof as ReasoningProof);
        expect(wrapped).toMatch(/^hotpath\.[a-z-]+\.[\w-]+$/);
        expect(unwrapProof(wrapped, field)).toEqual(proof);
      }),
    );
  });

  test('is told from the field’s own, whatever that is', () => {
    fc.assert(
      fc.property(words, protocol, (data, field) => {
        expect(unwrapProof(data, field)).toEqual({ protocol: field, data });
      }),
    );
  });

  test.each([
    'hotpath.',
    'hotpath.openai-chat.',
    'hotpath.openai-chat.e30',
    'hotpath.openai-chat.bm90IEpTT04',
    `hotpath.someone-else.${Buffer.from('{"data":"x"}').toString('base64url')}`,
    `hotpath.openai-chat.${Buffer.from('{"data":1}').toString('base64url')}`,
    ` ${wrapProof({ protocol: 'openai-chat', data: 'x' })}`,
    `${wrapProof({ protocol: 'openai-chat', data: 'x' })}\n`,
  ])('that only looks like one is the field’s own: %j', (data) => {
    expect(unwrapProof(data, 'anthropic-messages')).toEqual({ protocol: 'anthropic-messages', data });
  });
});

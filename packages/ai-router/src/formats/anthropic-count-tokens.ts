import { answerInvalid } from '../errors.ts';
import type { WireFormat } from '../wire-format.ts';
import { encodeError } from './anthropic-messages/error.ts';
import { readError } from './error-body.ts';
import { countOf } from './json.ts';
import { untranslated } from './untranslated.ts';

/** Anthropic's count of the tokens of a Messages request. It is free of charge, so that its answers have no usage. */
export const anthropicCountTokens: WireFormat = untranslated({
  protocol: 'anthropic-count-tokens',
  operation: 'count-tokens',
  path: '/messages/count_tokens',
  summarise(body) {
    if (countOf(body.input_tokens) === undefined) {
      throw answerInvalid('The provider\'s count of tokens has no "input_tokens". Check its base URL.');
    }
    return { outcome: 'complete' };
  },
  decodeError: readError,
  encodeError,
});

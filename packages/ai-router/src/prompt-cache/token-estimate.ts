/** Of English prose and code in one; what a model's own tokens come to is learnt from its usage. */
const usualCharactersPerToken = 3.6;
const [leastRatio, mostRatio] = [1.2, 8];
/** Shorter prompts are mostly what the provider adds of its own. */
const leastCharacters = 2_000;
const share = 0.2;
const mostModels = 1_000;

/** Tokens of a text by its length, model by model. */
export interface TokenEstimate {
  tokens(model: string, characters: number): number;
  /** A text of this length came to so many tokens. */
  learn(model: string, characters: number, tokens: number): void;
}

export function createTokenEstimate(): TokenEstimate {
  const ratios = new Map<string, number>();
  const ratioOf = (model: string): number => ratios.get(model) ?? usualCharactersPerToken;
  return {
    tokens: (model, characters) => characters / ratioOf(model),
    learn(model, characters, tokens) {
      if (characters < leastCharacters || tokens <= 0) return;
      const seen = Math.min(Math.max(characters / tokens, leastRatio), mostRatio);
      const known = ratios.get(model);
      if (known === undefined && ratios.size >= mostModels) return;
      ratios.set(model, known === undefined ? seen : known + share * (seen - known));
    },
  };
}

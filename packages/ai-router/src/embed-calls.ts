import { estimateInputTokens } from './limits/estimate.ts';

/** OpenAI takes 300,000 tokens in a call. An estimate may be a third too low. */
const mostTokensPerCall = 200_000;

const tokensOf = (input: string): number => estimateInputTokens('openai-embeddings', { input });

/** Puts texts into calls of so many at most, and of no more tokens than any provider takes. */
export function splitTexts(texts: readonly string[], inputsPerCall: number): string[][] {
  const calls: string[][] = [];
  let call: string[] = [];
  let tokens = 0;
  for (const text of texts) {
    const size = tokensOf(text);
    if (call.length === inputsPerCall || (call.length > 0 && tokens + size > mostTokensPerCall)) {
      calls.push(call);
      call = [];
      tokens = 0;
    }
    call.push(text);
    tokens += size;
  }
  if (call.length > 0) calls.push(call);
  return calls;
}

/** What each text has of the tokens that all of them were billed, by their lengths; the shares sum to the total. */
export function shareTokens(total: number, texts: readonly string[]): readonly number[] {
  const sizes = texts.map(tokensOf);
  const whole = sizes.reduce((sum, size) => sum + size, 0);
  let before = 0;
  let given = 0;
  return sizes.map((size) => {
    before += size;
    const share = Math.round((total * before) / whole) - given;
    given += share;
    return share;
  });
}

/** Runs so many at once. The first failure stops the others, and is thrown. */
export async function runAll<Item, Result>(
  items: readonly Item[],
  { concurrency, signal }: { readonly concurrency: number; readonly signal: AbortSignal | undefined },
  run: (item: Item, stop: AbortSignal) => Promise<Result>,
): Promise<readonly Result[]> {
  const failing = new AbortController();
  const stop = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const results: Result[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) results.push(await run(items[next++] as Item, stop));
  };
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, work));
  } catch (error) {
    failing.abort(error);
    throw error;
  }
  return results;
}

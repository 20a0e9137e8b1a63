import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from '@ai-sdk/provider';

/** A model that a test has written by hand, with what it was asked. */
export interface WrittenModel extends LanguageModelV4 {
  readonly calls: LanguageModelV4CallOptions[];
}

export const usage = (input?: number, output?: number): LanguageModelV4Usage => ({
  inputTokens: { total: input, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: output, text: undefined, reasoning: undefined },
});

export const stopped = { unified: 'stop', raw: 'end' } as const;

type Script = {
  readonly content?: readonly LanguageModelV4Content[];
  readonly result?: Partial<LanguageModelV4GenerateResult>;
  readonly parts?: readonly LanguageModelV4StreamPart[];
  readonly generate?: LanguageModelV4['doGenerate'];
  readonly stream?: LanguageModelV4['doStream'];
  readonly supportedUrls?: LanguageModelV4['supportedUrls'];
};

/** Answers every question the same. */
export function written(script: Script = {}): WrittenModel {
  const calls: LanguageModelV4CallOptions[] = [];
  const content = [...(script.content ?? [{ type: 'text', text: 'Hello there.' } as const])];
  const result: LanguageModelV4GenerateResult = {
    content,
    finishReason: stopped,
    usage: usage(7, 3),
    response: { id: 'answer-1', modelId: 'm-1', headers: { 'x-request-id': 'r-1' } },
    warnings: [],
    ...script.result,
  };
  const parts = script.parts ?? said('Hello there.');
  return {
    specificationVersion: 'v4',
    provider: 'written',
    modelId: 'm',
    supportedUrls: script.supportedUrls ?? {},
    calls,
    async doGenerate(options) {
      calls.push(options);
      return script.generate ? script.generate(options) : result;
    },
    async doStream(options) {
      calls.push(options);
      return script.stream ? script.stream(options) : { stream: streamOf(parts) };
    },
  };
}

/** The parts of a stream that says one thing, a word at a time. */
export function said(text: string): LanguageModelV4StreamPart[] {
  return [
    { type: 'stream-start', warnings: [] },
    { type: 'response-metadata', id: 'answer-1', modelId: 'm-1' },
    { type: 'text-start', id: '0' },
    ...(text.match(/\S+\s*/g) ?? []).map((delta) => ({ type: 'text-delta', id: '0', delta }) as const),
    { type: 'text-end', id: '0' },
    { type: 'finish', finishReason: stopped, usage: usage(7, 3) },
  ];
}

/** Read one at a time, as they are asked for. */
export function streamOf(parts: readonly LanguageModelV4StreamPart[]): ReadableStream<LanguageModelV4StreamPart> {
  const left = [...parts];
  return new ReadableStream(
    {
      pull(controller) {
        const part = left.shift();
        if (part) controller.enqueue(part);
        else controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}

// Prompts and answers that were captured.

/** What was captured, beside its texts. Keys, addresses and the like were taken out of those before they were written. */
export interface ContentHeadView {
  readonly id: string;
  /** When its answer ended. */
  readonly at: number;
  readonly requestId: string | null;
  readonly key: string;
  readonly agent: string;
  readonly protocol: string;
  readonly provider: string;
  readonly model: string;
  readonly command: string;
  readonly outcome: string;
  readonly cache: string;
}

export interface FoundContentView extends ContentHeadView {
  /** Where it was found, in pieces: each second one is what was searched for. Without a search, the end of the prompt. */
  readonly snippet: readonly string[];
}

export interface ContentEntryView extends ContentHeadView {
  readonly prompt: string;
  /** Whether there was more of it. */
  readonly isPromptCut: boolean;
  readonly answer: string;
  readonly isAnswerCut: boolean;
}

/**
 * `GET content?search&from&to&model&provider&key&agent&command&outcome&cache&protocol&limit&before`, the newest first, of all times that are
 * kept. `search`: words that a prompt or answer must have. `GET content/:id` answers `{"version": 1, "entry"}`; it takes the id of a
 * request as well.
 */
export interface ContentView {
  readonly version: 1;
  readonly isCapturing: boolean;
  /** Whether nothing at all is kept, whatever was searched for. */
  readonly isEmpty: boolean;
  readonly entries: readonly FoundContentView[];
  /** For `before`, where there are more. */
  readonly next: string | null;
}

/** `POST content/delete` takes `{"all": true}`, or any of `{"id", "key", "olderThanMs"}` together. */
export interface ContentDeletedView {
  readonly version: 1;
  readonly deleted: number;
  /** Whether nothing of it is left in the files; see the guide on privacy. */
  readonly isErased: boolean;
}

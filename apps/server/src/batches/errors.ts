import type { ErrorInfo } from '@hotpath/runtime';
import type { BatchRecord } from './records.ts';

/** Stable codes of what files and batches refuse. */
export type BatchErrorCode =
  | 'SERVER_BATCHES_UNAVAILABLE'
  | 'SERVER_BATCHES_STORAGE'
  | 'SERVER_FILES_OTHER_API'
  | 'SERVER_FILE_TOO_LARGE'
  | 'SERVER_FILE_LIMIT'
  | 'SERVER_BATCH_LIMIT'
  | 'SERVER_BATCH_TOO_LARGE'
  | 'SERVER_BATCH_INVALID'
  | 'SERVER_BATCH_RUNNING'
  | 'SERVER_BATCH_ENDED'
  | 'SERVER_BATCH_NOT_FOUND'
  | 'SERVER_FILE_NOT_FOUND'
  | 'SERVER_BATCH_STREAM';

/** Carries a refusal to whoever answers it. */
export class BatchRefusal extends Error {
  override readonly name: string = 'BatchRefusal';
  readonly info: ErrorInfo;

  constructor(info: ErrorInfo, cause?: unknown) {
    super(info.message, cause === undefined ? undefined : { cause });
    this.info = info;
  }

  static isInstance(error: unknown): error is BatchRefusal {
    return error instanceof Error && error.name === 'BatchRefusal' && 'info' in error;
  }
}

const refusal = (status: number, type: string, code: BatchErrorCode, message: string, param?: string): BatchRefusal =>
  new BatchRefusal({ status, type, code, message, ...(param !== undefined && { param }) });

const invalid = 'invalid_request_error';

export const batchesUnavailable = refusal(
  501,
  'api_error',
  'SERVER_BATCHES_UNAVAILABLE',
  'Files and batches need a state folder and node:sqlite, which this gateway does not have. Start it with "hotpath serve" on Node 22.18 or newer.',
);

export const storageUnusable = (path: string, cause: unknown): BatchRefusal =>
  new BatchRefusal(
    {
      status: 503,
      type: 'overloaded_error',
      code: 'SERVER_BATCHES_STORAGE',
      message:
        'Files and batches cannot be stored at the moment. Try again; whoever runs this server finds the reason in its log.',
    },
    new Error(
      `${path} cannot be used (${cause instanceof Error ? cause.message : String(cause)}). Correct its permissions, make room, or move it away to begin without files and batches.`,
      { cause },
    ),
  );

/** Anthropic has another API on the same path. */
export const otherFilesApi = refusal(
  404,
  'not_found_error',
  'SERVER_FILES_OTHER_API',
  "Anthropic's Files API is not offered here: /v1/files takes the input of OpenAI's batches. Send documents in the message itself.",
);

export const fieldInvalid = (param: string, problem: string): BatchRefusal =>
  refusal(400, invalid, 'SERVER_BATCH_INVALID', `"${param}" ${problem}`, param);

export const bodyInvalid = (problem: string): BatchRefusal =>
  refusal(400, invalid, 'SERVER_BATCH_INVALID', `The body cannot be read: ${problem}`);

export const fileTooLarge = (maxBytes: number): BatchRefusal =>
  refusal(
    413,
    'request_too_large',
    'SERVER_FILE_TOO_LARGE',
    `The file is larger than ${maxBytes} bytes. Split it, or raise "batches.maxFileBytes".`,
    'file',
  );

export const tooManyFiles = (most: string): BatchRefusal =>
  refusal(
    400,
    invalid,
    'SERVER_FILE_LIMIT',
    `Your files would be more than ${most}, which is the most. Delete those that are no longer needed.`,
    'file',
  );

export const tooManyBatches = (most: number): BatchRefusal =>
  refusal(
    429,
    'rate_limit_error',
    'SERVER_BATCH_LIMIT',
    `There are ${most} unfinished batches already, which is the most. Wait until one has ended, or cancel one.`,
  );

export const batchTooLarge = (most: string): BatchRefusal =>
  refusal(413, 'request_too_large', 'SERVER_BATCH_TOO_LARGE', `The batch has more than ${most}. Split it.`, 'requests');

export const fileNotFound = (id: string): BatchRefusal =>
  refusal(
    404,
    invalid,
    'SERVER_FILE_NOT_FOUND',
    `There is no file "${id.slice(0, 100)}". GET /v1/files lists yours.`,
    'id',
  );

export const batchNotFound = (id: string, path: string): BatchRefusal =>
  refusal(
    404,
    'not_found_error',
    'SERVER_BATCH_NOT_FOUND',
    `There is no batch "${id.slice(0, 100)}". GET ${path} lists yours.`,
  );

export const batchRunning = ({ id }: BatchRecord, problem: string): BatchRefusal =>
  refusal(400, invalid, 'SERVER_BATCH_RUNNING', `The batch ${id} ${problem}`);

export const batchEnded = ({ id, status }: BatchRecord): BatchRefusal =>
  refusal(400, invalid, 'SERVER_BATCH_ENDED', `The batch ${id} is ${status}: there is nothing left to cancel.`);

/** Of a line, not of a request. */
export const streamInBatch: ErrorInfo = {
  status: 400,
  type: invalid,
  code: 'SERVER_BATCH_STREAM' satisfies BatchErrorCode,
  param: 'stream',
  message: 'Nobody is there to read the stream of a batch. Leave "stream" out.',
};

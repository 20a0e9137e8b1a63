import { KeyError, type KeyErrorCode } from '../keys/errors.ts';

/** Stable codes of what the admin API itself refuses; the rest are those of the key store. */
export type AdminErrorCode =
  | 'ADMIN_KEY_MISSING'
  | 'ADMIN_KEY_WRONG'
  | 'ADMIN_NOT_LOCAL'
  | 'ADMIN_BODY_INVALID'
  | 'ADMIN_QUERY_INVALID'
  | 'ADMIN_NOT_FOUND'
  | 'ADMIN_RUN_MISSING'
  | 'ADMIN_RUN_NOT_WAITING'
  | 'ADMIN_RUN_FUNCTIONS'
  | 'ADMIN_INTERNAL'
  | 'DASHBOARD_NOT_FOUND'
  | 'DASHBOARD_SIGN_IN'
  | 'DASHBOARD_KEY_WRONG'
  | 'DASHBOARD_KEYS_TRIED'
  | 'DASHBOARD_OTHER_PAGE'
  | 'DASHBOARD_NO_STORE'
  | 'DASHBOARD_NO_CACHE'
  | 'DASHBOARD_NO_KEYS'
  | 'DASHBOARD_NO_REQUEST'
  | 'DASHBOARD_NO_CONTENT'
  | 'DASHBOARD_NO_ENTRY'
  | 'DASHBOARD_CONTENT_BUSY';

/** The body is `{"error": {"code", "message", "param"?}}`. */
export interface AdminError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly param?: string;
}

/** Carries a refusal out of a reader. */
export class AdminFault extends Error {
  override readonly name: string = 'AdminFault';
  readonly error: AdminError;

  constructor(error: AdminError) {
    super(error.message);
    this.error = error;
  }
}

export const refuse = (status: number, code: AdminErrorCode, message: string, param?: string): AdminError => ({
  status,
  code,
  message,
  ...(param !== undefined && { param }),
});

export const adminKeyMissing = refuse(
  401,
  'ADMIN_KEY_MISSING',
  'The admin API wants its own key. Send it as "authorization: Bearer …"; it is HOTPATH_ADMIN_KEY, or in the file admin.key of the state folder.',
);

export const adminKeyWrong = refuse(
  401,
  'ADMIN_KEY_WRONG',
  'This is not the admin key. It is HOTPATH_ADMIN_KEY, or in the file admin.key of the state folder; keys of clients open nothing here.',
);

export const notLocal = refuse(
  403,
  'ADMIN_NOT_LOCAL',
  'The admin API answers its own machine alone. Call it there by its loopback address, or allow others with the option "adminRemote".',
);

export const bodyInvalid = (reason: string): AdminError =>
  refuse(400, 'ADMIN_BODY_INVALID', `The body cannot be read: ${reason}`);

export const queryInvalid = (param: string, problem: string): AdminError =>
  refuse(400, 'ADMIN_QUERY_INVALID', `"${param}" ${problem}`, param);

export const adminNotFound = refuse(
  404,
  'ADMIN_NOT_FOUND',
  'There is no such method and path. See /admin/v1/keys, /admin/v1/keys/{id}, /admin/v1/keys/{id}/rotate, /admin/v1/spending, /admin/v1/health, /api/runs, /api/runs/{id}, and its /plan, /changes, /events, /undo and /approve.',
);

export const runMissing = (id: string): AdminError =>
  refuse(404, 'ADMIN_RUN_MISSING', `There is no run "${id}". See /api/runs for those that are kept.`, 'id');

export const runNotWaiting = (step: string, asking: readonly string[]): AdminError =>
  refuse(
    409,
    'ADMIN_RUN_NOT_WAITING',
    `"${step}" does not wait for a yes. ${asking.length === 0 ? 'Nothing of this run does.' : `Those that do: ${asking.slice(0, 20).join(', ')}.`}`,
    'steps',
  );

export const runNeedsFunctions = (id: string, steps: readonly string[]): AdminError =>
  refuse(
    409,
    'ADMIN_RUN_FUNCTIONS',
    `Steps of this run call functions of its module, which the gateway does not load. Go on with: hotpath resume ${id} ${steps.map((step) => `--approve ${step}`).join(' ')}`,
  );

const runStatuses: Readonly<Record<string, number>> = {
  BATCH_RUN_UNKNOWN: 404,
  BATCH_RUN_STATE: 409,
  BATCH_RUN_KIND: 409,
  BATCH_UNDO_CONFLICT: 409,
  BATCH_LOCKED: 409,
  BATCH_RECOVERY_NEEDED: 409,
  BATCH_DOCUMENT_CHANGED: 409,
  BATCH_JOURNAL_UNUSABLE: 503,
  BATCH_LOCK_UNUSABLE: 503,
};

/** What the engine of workflows refuses, in its own words. */
export const runFaultOf = (fault: unknown): AdminError | undefined => {
  const { code, message } = (fault ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const status = typeof code === 'string' && Object.hasOwn(runStatuses, code) ? runStatuses[code] : undefined;
  return status === undefined ? undefined : { status, code: String(code), message: String(message) };
};

export const adminInternal = refuse(
  500,
  'ADMIN_INTERNAL',
  'Something went wrong inside the server. Try again; if it stays, report it.',
);

const statuses: Readonly<Record<KeyErrorCode, number>> = {
  KEYS_SETTINGS_INVALID: 400,
  KEYS_UNKNOWN: 404,
  KEYS_NAME_TAKEN: 409,
  KEYS_FILE_BUSY: 503,
  KEYS_FILE_UNUSABLE: 503,
  KEYS_ADMIN_KEY_INVALID: 500,
  KEYS_ADMIN_KEY_UNAVAILABLE: 500,
  KEYS_REQUIRED: 500,
};

/** What to answer a fault with; undefined for one of the server itself. */
export const errorOf = (fault: unknown): AdminError | undefined => {
  if (fault instanceof AdminFault) return fault.error;
  if (KeyError.isInstance(fault)) {
    const { code, message, param } = fault;
    return { status: statuses[code], code, message, ...(param !== undefined && { param }) };
  }
  const { statusCode, message } = fault as { statusCode?: unknown; message?: unknown };
  const isOfClient = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return isOfClient ? { ...bodyInvalid(`${String(message)}.`), status: statusCode } : undefined;
};

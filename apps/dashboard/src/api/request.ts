/** What the API refuses, in its words; `code` is `PAGE_OFFLINE` where it did not answer at all. */
export class ApiError extends Error {
  override readonly name: string = 'ApiError';
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** The API stands beside the folder of the page. */
export const apiUrl = (path: string): string => new URL(`../api/${path}`, document.baseURI).href;

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Makes it a `POST`, unless `method` says otherwise. */
  readonly body?: unknown;
  readonly method?: 'DELETE' | 'PATCH' | undefined;
}

const signedOut = new Set<() => void>();

/** Tells when the API wants somebody to sign in. */
export const onSignedOut = (listener: () => void): void => void signedOut.add(listener);

const errorOf = async (response: Response): Promise<ApiError> => {
  const body = (await response.json().catch(() => undefined)) as
    | { readonly error?: { readonly code?: string; readonly message?: string } }
    | undefined;
  const { code = `HTTP_${response.status}`, message = `The server answered with status ${response.status}.` } =
    body?.error ?? {};
  return new ApiError(code, message, response.status);
};

/** Rejects with an `ApiError`, or as `signal` says. */
export const request = async <Answer>(path: string, { signal, body, method }: RequestOptions = {}): Promise<Answer> => {
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const isChange = body !== undefined || method !== undefined;
  const response = await fetch(apiUrl(path), {
    ...sent,
    ...(method && { method }),
    // A form of another site can send neither this header nor JSON.
    headers: { accept: 'application/json', ...(isChange && mutation) },
    credentials: 'same-origin',
    signal: signal ?? null,
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new ApiError('PAGE_OFFLINE', 'The gateway does not answer. Look whether it runs: hotpath serve', 0);
  });
  // What only says that it is done has no body.
  if (response.status === 204) return undefined as Answer;
  if (response.ok) return (await response.json()) as Answer;
  const error = await errorOf(response);
  if (error.status === 401) for (const listener of signedOut) listener();
  throw error;
};

const mutation = { 'content-type': 'application/json', 'x-hotpath-dashboard': '1' };

/** A path with its query; what is undefined is left out. */
export const withQuery = (path: string, query: Readonly<Record<string, string | number | undefined>>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? path : `${path}?${text}`;
};

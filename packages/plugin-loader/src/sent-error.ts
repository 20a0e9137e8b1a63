/** An error as it crosses between threads. */
export interface SentError {
  readonly message: string;
  readonly name: string;
  readonly code?: string;
  readonly stack?: string;
}

export const sendError = (error: unknown): SentError => {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { code } = error as { code?: unknown };
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
  };
};

export const receiveError = ({ name, message, code, stack }: SentError): Error => {
  const error = Object.assign(new Error(message), { name, ...(code !== undefined && { code }) });
  if (stack !== undefined) error.stack = stack;
  return error;
};

import type { ApiError } from '../api/request.ts';

interface BannerProps {
  readonly error: ApiError | undefined;
  readonly onRetry: () => void;
}

/** What went wrong, in the words of the server, and a way to try again. */
export const Banner = ({ error, onRetry }: BannerProps) =>
  error && (
    <div class="banner" role="alert">
      <p>
        {error.message} <code>{error.code}</code>
      </p>
      <button type="button" class="button" onClick={onRetry}>
        Try again
      </button>
    </div>
  );

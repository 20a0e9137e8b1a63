import { useState } from 'preact/hooks';
import type { ApiError } from '../api/request.ts';
import { session } from '../api/session.ts';

/** Asks for the admin key. The server answers with a cookie that scripts cannot read: the key is kept nowhere. */
export const SignIn = () => {
  const [error, setError] = useState<ApiError>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = event.currentTarget;
    setBusy(true);
    setError(undefined);
    try {
      await session.signIn(String(new FormData(form).get('key') ?? ''));
    } catch (fault) {
      setError(fault as ApiError);
      form.querySelector('input')?.focus();
    } finally {
      setBusy(false);
    }
  };
  return (
    <main class="sign-in" id="content">
      <form class="panel" onSubmit={submit}>
        <h1>Sign in</h1>
        <p>
          With the admin key: <code>HOTPATH_ADMIN_KEY</code>, or the file <code>admin.key</code> in the state folder of
          the machine that the gateway runs on.
        </p>
        <label class="field field-wide">
          <span>Admin key</span>
          <input
            name="key"
            type="password"
            autocomplete="current-password"
            required
            aria-invalid={error !== undefined}
            aria-describedby="sign-in-error"
          />
        </label>
        <p id="sign-in-error" class="tone-bad" role="alert">
          {error?.message}
        </p>
        <button type="submit" class="button button-main" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </main>
  );
};

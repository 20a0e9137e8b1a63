import { keep, readKept } from '../kept.ts';
import { createStore } from '../store.ts';
import type { SessionView } from './contract.ts';
import { type ApiError, onSignedOut, request } from './request.ts';

export interface SessionState {
  readonly view: SessionView | undefined;
  readonly error: ApiError | undefined;
}

const state = createStore<SessionState>({ view: undefined, error: undefined });
const path = 'dashboard/v1/session';

const kept = 'hotpath-signed-in';

/** Whether somebody signed in here: whoever is let in without a key cannot sign out. */
export const hasSignedIn = createStore(readKept(kept) === 'yes');

const forget = (): void => {
  keep(kept, 'no');
  hasSignedIn.set(false);
};

const check = (): void =>
  void request<SessionView>(path).then(
    (view) => {
      if (!view.isSignedIn) forget();
      state.set({ view, error: undefined });
    },
    (error: ApiError) => state.set({ ...state.get(), error }),
  );

/** Rejects with an `ApiError` where the key is wrong. */
const signIn = async (key: string): Promise<void> => {
  await request(path, { body: { key } });
  keep(kept, 'yes');
  hasSignedIn.set(true);
  state.set({ view: await request<SessionView>(path), error: undefined });
};

const signOut = async (): Promise<void> => {
  await request(path, { method: 'DELETE' });
  forget();
  check();
};

onSignedOut(() => {
  forget();
  const { view } = state.get();
  if (view?.isSignedIn) state.set({ view: { ...view, isSignedIn: false }, error: undefined });
});

/** Whether somebody is signed in, and what there is to see. */
export const session = { state, check, signIn, signOut };

import { createStore } from '../store.ts';
import type { SessionView } from './contract.ts';
import { type ApiError, onSignedOut, request } from './request.ts';

export interface SessionState {
  readonly view: SessionView | undefined;
  readonly error: ApiError | undefined;
}

const state = createStore<SessionState>({ view: undefined, error: undefined });
const path = 'dashboard/v1/session';

const check = (): void =>
  void request<SessionView>(path).then(
    (view) => state.set({ view, error: undefined }),
    (error: ApiError) => state.set({ ...state.get(), error }),
  );

/** Rejects with an `ApiError` where the key is wrong. */
const signIn = async (key: string): Promise<void> => {
  await request(path, { body: { key } });
  state.set({ view: await request<SessionView>(path), error: undefined });
};

onSignedOut(() => {
  const { view } = state.get();
  if (view?.isSignedIn) state.set({ view: { ...view, isSignedIn: false }, error: undefined });
});

/** Whether somebody is signed in, and what there is to see. */
export const session = { state, check, signIn };

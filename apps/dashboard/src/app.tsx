import { useEffect, useState } from 'preact/hooks';
import { session } from './api/session.ts';
import { paused, setPaused } from './live/live.ts';
import { CurrentPage } from './pages/current-page.tsx';
import { Banner } from './parts/banner.tsx';
import { HelpDialog } from './shell/help-dialog.tsx';
import { Navigation } from './shell/navigation.tsx';
import type { Shortcut } from './shell/shortcuts.ts';
import { SignIn } from './shell/sign-in.tsx';
import { useShortcuts } from './shell/use-shortcuts.ts';
import { useStore } from './store.ts';
import { chooseTheme, shownTheme } from './theme.ts';
import { goTo, location } from './url/location.ts';
import { pages, placeOf } from './url/place.ts';

export const App = () => {
  const place = useStore(location);
  const { view, error } = useStore(session.state);
  const [isHelping, setHelping] = useState(false);
  useEffect(session.check, []);

  const shortcuts: readonly Shortcut[] = [
    ...pages.map(({ name, title, key }) => ({
      keys: `g ${key}`,
      about: `Go to ${title}`,
      act: () => goTo(placeOf(name, place)),
    })),
    {
      keys: '/',
      about: 'Search requests',
      act: () => {
        const focus = () => document.getElementById('search')?.focus();
        if (place.page === 'requests' && place.id === null) return focus();
        goTo(placeOf('requests', place));
        // The page is drawn after the address has changed.
        setTimeout(focus, 50);
      },
    },
    { keys: 'p', about: 'Pause and go on', act: () => setPaused(!paused.get()) },
    { keys: 't', about: 'Light or dark', act: () => chooseTheme(shownTheme.get() === 'dark' ? 'light' : 'dark') },
    { keys: '?', about: 'These keys', act: () => setHelping(true) },
  ];
  // What is typed before there is a page is for its form, if it has one.
  useShortcuts(view || error ? shortcuts : []);

  // Whoever goes to another page by keyboard or screen reader begins at its top.
  useEffect(() => {
    window.scrollTo(0, 0);
    const { activeElement } = document;
    // A page that begins with a form has the focus in it.
    if (activeElement !== document.body && !activeElement?.matches('main input'))
      document.querySelector<HTMLElement>('h1')?.focus();
  }, [place.page, place.id]);

  return (
    <>
      <button
        type="button"
        class="skip"
        onClick={() => {
          document.getElementById('content')?.focus();
        }}
      >
        Skip to the content
      </button>
      <div class="frame">
        <Navigation place={place} program={view?.program} onHelp={() => setHelping(true)} />
        {view && !view.isSignedIn ? (
          <SignIn />
        ) : (
          <main id="content" tabIndex={-1}>
            <Banner error={error} onRetry={session.check} />
            {view && <CurrentPage key={`${place.page} ${place.id}`} place={place} session={view} />}
          </main>
        )}
      </div>
      <HelpDialog isOpen={isHelping} onClose={() => setHelping(false)} shortcuts={shortcuts} />
    </>
  );
};

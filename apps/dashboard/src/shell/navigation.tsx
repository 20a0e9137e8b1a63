import { useEffect, useState } from 'preact/hooks';
import { hasSignedIn, session } from '../api/session.ts';
import { PlaceLink } from '../parts/place-link.tsx';
import { useStore } from '../store.ts';
import { type Place, pages, placeOf } from '../url/place.ts';
import { ThemeSwitch } from './theme-switch.tsx';
import { WarningSign } from './warning-sign.tsx';

interface NavigationProps {
  readonly place: Place;
  readonly program: string | undefined;
  readonly onHelp: () => void;
}

/** The pages, beside what they show; on a phone behind a button. */
export const Navigation = ({ place, program, onHelp }: NavigationProps) => {
  const [isOpen, setOpen] = useState(false);
  const isSignedIn = useStore(hasSignedIn);
  const { view } = useStore(session.state);
  // Whoever has gone somewhere has no more need of it.
  useEffect(() => setOpen(false), [place.page]);
  return (
    <header class={`side ${isOpen ? 'side-open' : ''}`}>
      <div class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M9 23V9m14 14V9M9 17c4 0 4-4 7-4s3 4 7 4" />
        </svg>
        <b>Hotpath</b>
        <button
          type="button"
          class="button menu"
          aria-expanded={isOpen}
          aria-controls="navigation"
          onClick={() => setOpen(!isOpen)}
        >
          Menu
        </button>
      </div>
      <div class="side-body" id="navigation">
        <nav aria-label="Pages">
          <ul>
            {pages.map(({ name, title }) => (
              <li key={name}>
                <PlaceLink to={placeOf(name, place)} isCurrent={place.page === name}>
                  {title}
                  {name === 'alerts' && view?.isSignedIn && <WarningSign hasStore={view.hasStore} />}
                </PlaceLink>
              </li>
            ))}
          </ul>
        </nav>
        <div class="side-foot">
          <ThemeSwitch />
          <button type="button" class="button" onClick={onHelp}>
            Shortcuts <kbd>?</kbd>
          </button>
          {isSignedIn && (
            <button type="button" class="button" onClick={() => void session.signOut().catch(session.check)}>
              Sign out
            </button>
          )}
          <small>{program === undefined ? '\u00a0' : `Version ${program}`}</small>
        </div>
      </div>
    </header>
  );
};

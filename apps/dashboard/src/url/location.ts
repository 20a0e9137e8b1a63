import { createStore } from '../store.ts';
import { type Place, parsePlace, showPlace } from './place.ts';

const read = (): Place => parsePlace(window.location.hash);

/** Where the reader is, by the address. */
export const location = createStore<Place>(read());

window.addEventListener('hashchange', () => location.set(read()));

/** Goes there. `replace`: what the back button leads to stays as it is, as for a filter being typed. */
export const goTo = (place: Place, how: 'push' | 'replace' = 'push'): void => {
  const hash = showPlace(place);
  if (how === 'push') {
    window.location.hash = hash;
    return;
  }
  window.history.replaceState(null, '', hash);
  location.set(place);
};

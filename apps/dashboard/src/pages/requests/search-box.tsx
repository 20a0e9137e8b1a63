import { useEffect, useRef } from 'preact/hooks';
import { goTo } from '../../url/location.ts';
import { type Place, withParams } from '../../url/place.ts';

interface SearchBoxProps {
  readonly place: Place;
}

const waitMs = 250;

/** Finds a request by the beginning of its id. */
export const SearchBox = ({ place }: SearchBoxProps) => {
  const timer = useRef<number | undefined>(undefined);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const { search = '' } = place.params;
  useEffect(() => {
    if (box.current && document.activeElement !== box.current) box.current.value = search;
  }, [search]);
  return (
    <label class="field field-search">
      <span>Request id</span>
      <input
        ref={box}
        id="search"
        type="search"
        placeholder="begins with …"
        autocomplete="off"
        spellcheck={false}
        defaultValue={search}
        onInput={({ currentTarget: { value } }) => {
          window.clearTimeout(timer.current);
          timer.current = window.setTimeout(
            () => goTo(withParams(place, { search: value.trim(), before: undefined }), 'replace'),
            waitMs,
          );
        }}
      />
    </label>
  );
};

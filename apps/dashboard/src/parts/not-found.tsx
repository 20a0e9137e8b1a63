import { PageHead } from '../shell/page-head.tsx';
import { type PageName, type Place, placeOf } from '../url/place.ts';
import { Empty } from './empty.tsx';
import { PlaceLink } from './place-link.tsx';

interface NotFoundProps {
  readonly place: Place;
  /** Such as `key`. */
  readonly what: string;
  /** Where those are that there are. */
  readonly back: PageName;
  readonly backTitle: string;
}

/** Stands where an address names what is not there. */
export const NotFound = ({ place, what, back, backTitle }: NotFoundProps) => (
  <>
    <PageHead title={`No such ${what}`} />
    <Empty title={`There is no such ${what}`}>
      It may have been removed, or the address is wrong. <PlaceLink to={placeOf(back, place)}>{backTitle}</PlaceLink>
    </Empty>
  </>
);

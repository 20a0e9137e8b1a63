import type { ComponentChildren } from 'preact';
import { type Place, showPlace } from '../url/place.ts';

interface PlaceLinkProps {
  readonly to: Place;
  readonly isCurrent?: boolean | undefined;
  readonly children: ComponentChildren;
}

export const PlaceLink = ({ to, isCurrent = false, children }: PlaceLinkProps) => (
  <a href={showPlace(to)} {...(isCurrent && { 'aria-current': 'page' })}>
    {children}
  </a>
);

import type { CacheRates } from './cache-rules.ts';
import type { Expectations } from './expectations.ts';
import { lateReturn, type ReturnClass, shortReturn } from './return-rates.ts';
import type { Sighting } from './sightings.ts';
import { type ReturnOdds, type Worth, worthOf } from './worth.ts';

/** What is expected of a block's prefix from now on. */
export interface Outlook {
  readonly odds: ReturnOdds;
  /** Of writing it now. */
  readonly worth: Worth;
}

/** Outlooks as of one moment. `trust`: share of what is believed to be in the cache that is. */
export function createOutlooks(
  expectations: Expectations,
  rates: CacheRates,
  trust: number,
  now: number,
): (sighting: Sighting) => Outlook {
  const outlooks = new Map<ReturnClass, Outlook>();
  const oddsOf = (of: ReturnClass): ReturnOdds => {
    const short = shortReturn(of, now);
    return { short: short * trust, late: (1 - short) * lateReturn(of) * trust };
  };
  return ({ of, known }) => {
    let outlook = outlooks.get(of);
    if (!outlook) {
      const odds = oddsOf(of);
      const sights = (known?.sights ?? 0) + 2;
      const later = mixed(oddsOf(expectations.seen(sights, true)), oddsOf(expectations.seen(sights, false)), odds);
      outlook = { odds, worth: worthOf(odds, later, rates) };
      outlooks.set(of, outlook);
    }
    return outlook;
  };
}

/** The odds after the next return, which is soon or late as its own odds say. */
function mixed(soon: ReturnOdds, late: ReturnOdds, next: ReturnOdds): ReturnOdds {
  const either = next.short + next.late;
  const share = either > 0 ? next.short / either : 1;
  return {
    short: share * soon.short + (1 - share) * late.short,
    late: share * soon.late + (1 - share) * late.late,
  };
}

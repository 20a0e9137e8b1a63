import { Empty } from './empty.tsx';

/** Stands where there would be what was recorded. */
export const NothingKept = () => (
  <Empty title="Nothing is kept">
    The gateway keeps no events, so there is only what happens now. Switch <code>telemetry</code> on in its
    configuration to see hours and days.
  </Empty>
);

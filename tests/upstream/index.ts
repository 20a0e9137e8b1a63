export type { Fault, FaultName } from './faults.ts';
export { faultNames, parseFault } from './faults.ts';
export type { Knobs } from './knobs.ts';
export { defaultKnobs } from './knobs.ts';
export type { RawRequest, RawUpstream } from './raw.ts';
export { startRawUpstream } from './raw.ts';
export type { RecordedRequest, WaitOptions } from './record.ts';
export type { InjectOptions, Upstream, UpstreamOptions } from './upstream.ts';
export { startUpstream } from './upstream.ts';

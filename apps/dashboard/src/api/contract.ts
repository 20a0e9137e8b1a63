// What the server answers with.
// @boundaries-ignore types alone: nothing of the server comes with the page
export type * from '../../../server/src/dashboard/contract.ts';

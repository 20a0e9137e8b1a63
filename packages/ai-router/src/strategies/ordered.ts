import { availableFirst, type Strategy } from './strategy.ts';

/** As configured. */
export const ordered: Strategy = availableFirst((available) => available);

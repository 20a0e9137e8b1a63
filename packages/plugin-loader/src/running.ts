import { AsyncLocalStorage } from 'node:async_hooks';
import type { PluginError } from './errors.ts';
import type { DiscoveredPlugin } from './plan.ts';

/** A plugin that is being imported, activated or deactivated. */
export interface Running {
  readonly plugin: DiscoveredPlugin;
  /** Fails what it does now. */
  readonly fail: (error: PluginError) => void;
  isOver: boolean;
}

/** Whose code runs now, or began what runs now: also long after its phase is over. */
export const running = new AsyncLocalStorage<Running>();

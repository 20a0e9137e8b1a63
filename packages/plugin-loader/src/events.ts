import { type Channel, channel } from 'node:diagnostics_channel';
import type { PluginError } from './errors.ts';

/** The sources were asked and the plan is made. */
export interface DiscoveryEndEvent {
  readonly type: 'discovery-end';
  readonly plugins: number;
  readonly durationMs: number;
  /** Manifest files that were read, and those answered from the index. */
  readonly filesRead: number;
  readonly filesReused: number;
}

interface PhaseEndEvent {
  readonly plugin: string;
  readonly durationMs: number;
  /** Absent where all went well. */
  readonly error?: PluginError;
}

/** A plugin's module was imported, or could not be. */
export interface ImportEndEvent extends PhaseEndEvent {
  readonly type: 'import-end';
}

/** A plugin's `activate` came to its end. */
export interface ActivationEndEvent extends PhaseEndEvent {
  readonly type: 'activation-end';
}

/** A plugin's `deactivate` came to its end. */
export interface DeactivationEndEvent extends PhaseEndEvent {
  readonly type: 'deactivation-end';
}

/** Every core plugin and every one that is always loaded was tried. */
export interface BootEndEvent {
  readonly type: 'boot-end';
  readonly active: number;
  readonly failed: number;
  readonly durationMs: number;
}

/** Something is wrong with a plugin, a source or a file of the host; the host goes on without it. */
export interface ProblemFoundEvent {
  readonly type: 'problem-found';
  readonly error: PluginError;
}

export type PluginEvent =
  | DiscoveryEndEvent
  | ImportEndEvent
  | ActivationEndEvent
  | DeactivationEndEvent
  | BootEndEvent
  | ProblemFoundEvent;

/** The channels of `node:diagnostics_channel` on which the loader speaks. Publishing costs nothing unheard. */
export const channels = {
  discoveryEnd: channel<DiscoveryEndEvent>('hotpath:plugins:discovery-end'),
  importEnd: channel<ImportEndEvent>('hotpath:plugins:import-end'),
  activationEnd: channel<ActivationEndEvent>('hotpath:plugins:activation-end'),
  deactivationEnd: channel<DeactivationEndEvent>('hotpath:plugins:deactivation-end'),
  bootEnd: channel<BootEndEvent>('hotpath:plugins:boot-end'),
  problemFound: channel<ProblemFoundEvent>('hotpath:plugins:problem-found'),
} as const;

const byType: Readonly<Record<PluginEvent['type'], Channel<unknown>>> = {
  'discovery-end': channels.discoveryEnd as Channel<unknown>,
  'import-end': channels.importEnd as Channel<unknown>,
  'activation-end': channels.activationEnd as Channel<unknown>,
  'deactivation-end': channels.deactivationEnd as Channel<unknown>,
  'boot-end': channels.bootEnd as Channel<unknown>,
  'problem-found': channels.problemFound as Channel<unknown>,
};

/** Tells of an event; it is only made where somebody listens. */
export type Publish = <Type extends PluginEvent['type']>(
  type: Type,
  make: () => Omit<Extract<PluginEvent, { type: Type }>, 'type'>,
) => void;

/** Publishes on the channels and to one host's own listener, whose failures are not the host's. */
export const publisherTo =
  (onEvent: ((event: PluginEvent) => void) | undefined): Publish =>
  (type, make) => {
    const { hasSubscribers } = byType[type];
    if (!hasSubscribers && onEvent === undefined) return;
    const event = { type, ...make() };
    if (hasSubscribers) byType[type].publish(event);
    try {
      onEvent?.(event as unknown as PluginEvent);
    } catch (error) {
      // As the channels do: it ends up as an uncaught exception of its own, not in the middle of a boot.
      process.nextTick(() => {
        throw error;
      });
    }
  };

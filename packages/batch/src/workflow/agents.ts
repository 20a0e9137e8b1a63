import type { AgentSettings, Step } from './step.ts';

export type AgentsByName = Readonly<Record<string, AgentSettings>>;

/** A step with all that is known of how its agent answers: what it says itself stands over what the workflow says. */
export const withAgentSettings = (step: Step, agents: AgentsByName): Step =>
  'agent' in step && Object.hasOwn(agents, step.agent) ? { ...agents[step.agent], ...step } : step;

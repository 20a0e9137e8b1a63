import type { AgentSettings, Step } from './step.ts';

export type AgentsByName = Readonly<Record<string, AgentSettings>>;

/**
 * A step with all that is known of how its agent answers: what it says itself stands over what the workflow says. Another way by
 * another agent has the settings of that one, and none of the first.
 */
export const withAgentSettings = (step: Step, agents: AgentsByName): Step => {
  if (!('agent' in step)) return step;
  const settingsOf = (name: unknown): AgentSettings =>
    typeof name === 'string' && Object.hasOwn(agents, name) ? (agents[name] as AgentSettings) : {};
  const own = settingsOf(step.agent);
  const none = Object.fromEntries(Object.keys(own).map((field) => [field, undefined]));
  const otherwise = step.otherwise?.map((way) => {
    if (way.agent === undefined || way.agent === step.agent) return way;
    const others = Object.entries({ ...none, ...settingsOf(way.agent) });
    return { ...Object.fromEntries(others.filter(([field]) => !Object.hasOwn(step, field))), ...way };
  });
  return { ...own, ...step, ...(otherwise !== undefined && { otherwise }) };
};

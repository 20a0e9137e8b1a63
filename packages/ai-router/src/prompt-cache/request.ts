import type { CallUse } from '../discarded.ts';
import type { RouterError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import type { Target } from '../models.ts';
import type { UpstreamBody } from '../upstream-body.ts';
import type { JsonObject, Protocol, Usage } from '../wire-format.ts';
import { applyPlan, type Plan } from './plan.ts';
import type { PromptCachePlanner } from './planner.ts';

/** The prompt caching of one request, however many calls it takes. */
export interface RequestPromptCache {
  /** The body with its breakpoints; the very same bytes where there are none to place. */
  place(target: Target, protocol: Protocol, sent: UpstreamBody): UpstreamBody;
  /** What the provider counted; undefined where no answer was made. */
  learn(model: string, usage: Usage | undefined): void;
  /**
   * A call failed, or was called off. Where it had begun to answer, its prefixes had been written: what the provider did not
   * tell of that stays set aside, though no answer is made in the end. `told`: what it did tell, also before the first piece
   * of an answer.
   */
  fail(
    model: string,
    failure?: { readonly error: RouterError; readonly use?: CallUse | undefined },
    told?: Usage | undefined,
  ): void;
}

/** A retry keeps the plan of the first call: what it learns from must be what was sent. */
export function promptCacheOf(planner: PromptCachePlanner, exchange: Exchange, now: () => number): RequestPromptCache {
  const plans = new Map<string, Plan>();
  const untold = new Set<string>();
  const learn: RequestPromptCache['learn'] = (model, usage) => {
    const plan = plans.get(model);
    if (!plan || (!usage && untold.has(model))) return;
    plans.delete(model);
    planner.learn(plan, usage);
  };
  return {
    place(target, protocol, sent) {
      if (protocol !== 'anthropic-messages') return sent;
      const body: JsonObject =
        typeof sent.body === 'string'
          ? (JSON.parse(sent.body) as JsonObject)
          : { ...exchange.body, model: target.model };
      const tenant = exchange.tenant ?? 'default';
      const context = { tenant, provider: target.provider.id, model: target.model, now: now() };
      const plan = plans.get(target.model) ?? planner.plan(body, context);
      plans.set(target.model, plan);
      return plan.breakpoints.length === 0 ? sent : { ...sent, body: JSON.stringify(applyPlan(body, plan)) };
    },
    learn,
    fail(model, failure, told = failure?.use?.told) {
      if (told) learn(model, told);
      else if (!failure || failure.use || !isRefused(failure.error)) untold.add(model);
    },
  };
}

/** The provider said no to it, or never had it. */
const isRefused = ({ code, phase }: RouterError): boolean =>
  code === 'ROUTER_UPSTREAM_STATUS' || code === 'ROUTER_UPSTREAM_UNREACHABLE' || phase === 'connect';

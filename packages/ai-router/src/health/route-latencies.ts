import { createQuantiles, type QuantileSummary, type Quantiles, type QuantilesOptions } from './quantile.ts';

/** Latencies of all calls, and of each route apart. */
export interface RouteLatencies {
  record(ms: number, at: number, route: string | undefined): void;
  /** Of the route where it has enough, else of all where those are enough. */
  quantile(share: number, at: number, route: string | undefined): number | undefined;
  view(at: number): {
    readonly all: QuantileSummary | null;
    readonly routes: Readonly<Record<string, QuantileSummary>>;
  };
}

/** Fewer say nothing about the slowest twentieth. */
const enough = 20;
/** Each route costs 6 KB. Beyond this many, a route that was not seen before is only counted with all. */
const mostRoutes = 64;

/** Routes come into being at their first call. */
export function createRouteLatencies(options: QuantilesOptions): RouteLatencies {
  const all = createQuantiles(options);
  const routes = new Map<string, Quantiles>();

  const quantilesOf = (route: string): Quantiles | undefined => {
    const known = routes.get(route);
    if (known || routes.size >= mostRoutes) return known;
    const added = createQuantiles(options);
    routes.set(route, added);
    return added;
  };

  return {
    record(ms, at, route) {
      all.record(ms, at);
      if (route !== undefined) quantilesOf(route)?.record(ms, at);
    },
    quantile(share, at, route) {
      const own = route === undefined ? undefined : routes.get(route);
      const source = own && own.count(at) >= enough ? own : all;
      return source.count(at) >= enough ? source.quantile(share, at) : undefined;
    },
    view(at) {
      const summaries = [...routes].flatMap(([route, quantiles]) => {
        const summary = quantiles.summary(at);
        return summary ? [[route, summary] as const] : [];
      });
      return { all: all.summary(at) ?? null, routes: Object.fromEntries(summaries) };
    },
  };
}

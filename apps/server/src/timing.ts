import type { AnswerHead, Stages } from '@hotpath/runtime';

/** The stages of one request. */
export interface Timing {
  /** For the router, which notes its own here. */
  readonly stages: Stages;
  /** Its body is read and its key may ask. */
  admitted(): void;
  /** The value of `server-timing` (W3C Server Timing), in milliseconds; `total` is until now. */
  write(head: Pick<AnswerHead, 'cache' | 'upstreamMs'>): string;
}

/**
 * Made when a request's body has been read. `startedAt`: when the request arrived, by `performance.now()`.
 */
export const createTiming = (startedAt: number): Timing => {
  const stages: Stages = {};
  const bodyReadAt = performance.now();
  let admittedAt = bodyReadAt;
  return {
    stages,
    admitted() {
      admittedAt = performance.now();
    },
    write({ cache, upstreamMs }) {
      let text = `parse;dur=${shown(bodyReadAt - startedAt)}, admit;dur=${shown(admittedAt - bodyReadAt)}`;
      if (stages.routeMs !== undefined) text += `, route;dur=${shown(stages.routeMs)}`;
      text += `, cache;desc=${cache}`;
      if (stages.cacheMs !== undefined) text += `;dur=${shown(stages.cacheMs)}`;
      if (stages.queueMs !== undefined) text += `, queue;dur=${shown(stages.queueMs)}`;
      if (upstreamMs !== undefined) text += `, upstream;dur=${shown(upstreamMs)}`;
      return `${text}, total;dur=${shown(performance.now() - startedAt)}`;
    },
  };
};

/** To the microsecond; in a quarter of the time of `toFixed`. */
function shown(milliseconds: number): string {
  const microseconds = Math.round(milliseconds * 1000);
  const rest = microseconds % 1000;
  return `${(microseconds - rest) / 1000}${rest < 10 ? '.00' : rest < 100 ? '.0' : '.'}${rest}`;
}

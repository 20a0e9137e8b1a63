import type { AnswerHead, Stages } from '@hotpath/runtime';

/** A request that carries it with `1` is told how long each of its stages took. */
export const timingHeader = 'x-hotpath-timing';

/** The stages of one request. */
export interface Timing {
  /** For the router, which notes its own here. */
  readonly stages: Stages;
  /** Its body is read and its key may ask. */
  admitted(): void;
  /** The value of `server-timing` (W3C Server Timing), in milliseconds; `total` is until now. */
  write(head: Pick<AnswerHead, 'cache' | 'upstreamMs'>, totalMs: number): string;
}

/**
 * Made where a client asks for it: reading clocks and writing numbers costs some 2 us a request. `startedAt` and `bodyReadAt`
 * as `performance.now()` tells.
 */
export const createTiming = (startedAt: number, bodyReadAt = performance.now()): Timing => {
  const stages: Stages = {};
  let admittedAt = bodyReadAt;
  return {
    stages,
    admitted() {
      admittedAt = performance.now();
    },
    write({ cache, upstreamMs }, totalMs) {
      let text = `parse;dur=${shown(bodyReadAt - startedAt)}, admit;dur=${shown(admittedAt - bodyReadAt)}`;
      if (stages.routeMs !== undefined) text += `, route;dur=${shown(stages.routeMs)}`;
      text += `, cache;desc=${cache}`;
      if (stages.cacheMs !== undefined) text += `;dur=${shown(stages.cacheMs)}`;
      if (stages.queueMs !== undefined) text += `, queue;dur=${shown(stages.queueMs)}`;
      if (upstreamMs !== undefined) text += `, upstream;dur=${shown(upstreamMs)}`;
      return `${text}, total;dur=${shown(totalMs)}`;
    },
  };
};

/** To the microsecond. */
const shown = (milliseconds: number): string => milliseconds.toFixed(3);

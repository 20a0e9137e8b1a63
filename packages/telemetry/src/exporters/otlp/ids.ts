import { hash, randomBytes } from 'node:crypto';

/** The trace that something belongs to. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The span of another process that it is part of. */
  readonly parentId?: string;
  /** Whether that process keeps the trace: then it is kept here, and else it is not. */
  readonly isSampled?: boolean;
}

const flagSampled = 1;

/** 16 digits that follow from a text. */
const digitsOf = (text: string, count: number): string => hash('sha256', text, 'hex').slice(0, count);

export const randomSpanId = (): string => randomBytes(8).toString('hex');

/**
 * The trace of what goes by an id: the one its client has begun (W3C `traceparent`), or else one that follows from the id, so that what
 * comes in another batch finds it again.
 */
export const traceOf = (id: string | undefined, traceparent: string | undefined): TraceContext => {
  if (traceparent !== undefined) {
    const [, traceId = '', parentId = '', flags = ''] = traceparent.split('-');
    return { traceId, parentId, isSampled: (Number.parseInt(flags, 16) & flagSampled) !== 0 };
  }
  return { traceId: id === undefined ? randomBytes(16).toString('hex') : digitsOf(`trace ${id}`, 32) };
};

/** The span of what goes by an id within a trace. */
export const spanOf = (id: string | undefined, { traceId, parentId = '' }: TraceContext): string =>
  id === undefined ? randomSpanId() : digitsOf(`span ${traceId} ${parentId} ${id}`, 16);

/** Whether a trace is among the share that is kept. A trace that another process has begun is as that one says. */
export const isKept = ({ traceId, isSampled }: TraceContext, ratio: number): boolean =>
  isSampled ?? (ratio >= 1 || Number.parseInt(traceId.slice(-13), 16) < ratio * 2 ** 52);

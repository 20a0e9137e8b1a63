import { describe, expect, it, vi } from 'vitest';
import { upstreamClosed } from '../src/errors.ts';
import { createFlight } from '../src/flight.ts';
import { record } from './support/recorder.ts';

const head = { status: 200, contentType: 'text/event-stream', headers: {}, provider: 'p', model: 'm' };
const complete = { outcome: 'complete' } as const;

function launch(maxBytes = 1000) {
  const onClose = vi.fn();
  const flight = createFlight({ maxBytes, onClose });
  const control = { pause: vi.fn(), resume: vi.fn(), abort: vi.fn() };
  flight.attach(control);
  const push = (...chunks: string[]) => {
    for (const chunk of chunks) flight.push(Buffer.from(chunk));
  };
  return { flight, control, onClose, push };
}

describe('a flight', () => {
  it('gives every subscriber the same chunks, and a late joiner those it missed', () => {
    const { flight, push } = launch();
    const first = record();
    flight.join(first, 'miss');
    flight.start(head);
    push('a', 'b');
    const late = record();
    flight.join(late, 'coalesced');
    expect(late.text).toBe('ab');
    push('c');
    flight.end(complete);
    expect(first.text).toBe('abc');
    expect(late.text).toBe('abc');
    expect(first.head?.cache).toBe('miss');
    expect(late.head?.cache).toBe('coalesced');
    expect(late.summary?.outcome).toBe('complete');
    expect(flight.bytes()?.toString()).toBe('abc');
  });

  it('lets one leave without a loss to the others, and cancels the call when the last is gone', () => {
    const { flight, control, push } = launch();
    const first = record();
    const second = record();
    const firstTicket = flight.join(first, 'miss');
    const secondTicket = flight.join(second, 'coalesced');
    flight.start(head);
    push('a');
    firstTicket.leave();
    push('b');
    expect(first.text).toBe('a');
    expect(second.text).toBe('ab');
    expect(control.abort).not.toHaveBeenCalled();
    secondTicket.leave();
    secondTicket.leave();
    expect(control.abort).toHaveBeenCalledTimes(1);
    push('c');
    flight.end(complete);
    expect(second.text).toBe('ab');
    expect(second.summary).toBeUndefined();
  });

  it('aborts a call that is handed over after everyone has left', () => {
    const flight = createFlight({ maxBytes: 10, onClose() {} });
    flight.join(record(), 'miss').leave();
    const abort = vi.fn();
    flight.attach({ pause() {}, resume() {}, abort });
    expect(abort).toHaveBeenCalledTimes(1);
  });

  it('pauses the provider only when nobody can take more, and loses nothing', () => {
    const { flight, control, push } = launch();
    const slow = record(1);
    const quick = record();
    const slowTicket = flight.join(slow, 'miss');
    const quickTicket = flight.join(quick, 'coalesced');
    flight.start(head);
    push('a', 'b', 'c');
    expect(slow.text).toBe('a');
    expect(quick.text).toBe('abc');
    expect(control.pause).not.toHaveBeenCalled();
    quickTicket.leave();
    expect(control.pause).toHaveBeenCalledTimes(1);
    flight.end(complete);
    expect(slow.summary).toBeUndefined();
    slowTicket.resume();
    expect(slow.text).toBe('ab');
    expect(slow.summary).toBeUndefined();
    slowTicket.resume();
    expect(slow.text).toBe('abc');
    expect(slow.summary?.outcome).toBe('complete');
  });

  it('lets the provider finish what nobody reads any more', () => {
    const { flight, control, push } = launch();
    flight.join(record(1), 'miss');
    flight.start(head);
    push('a');
    expect(control.pause).toHaveBeenCalledTimes(1);
    flight.end(complete);
    expect(control.resume).toHaveBeenCalledTimes(1);
  });

  it('stops keeping an answer that outgrows its bound, and still goes at the pace of its only reader', () => {
    const { flight, control, onClose, push } = launch(3);
    const slow = record(1);
    const ticket = flight.join(slow, 'miss');
    flight.start(head);
    push('aa', 'bb');
    expect(onClose).toHaveBeenCalledTimes(1);
    expect(control.pause).toHaveBeenCalledTimes(1);
    expect(flight.bytes()).toBeUndefined();
    push('cc', 'dd', 'ee');
    flight.end(complete);
    for (let chunk = 0; chunk < 4; chunk++) ticket.resume();
    expect(slow.text).toBe('aabbccddee');
    expect(slow.summary?.outcome).toBe('complete');
  });

  it('cuts off who falls far behind in an answer too large to keep, and nobody else', () => {
    const { flight, control, push } = launch(3);
    const slow = record(1);
    const quick = record();
    flight.join(slow, 'miss');
    flight.join(quick, 'coalesced');
    flight.start(head);
    push('aa', 'bb');
    expect(slow.error).toBeUndefined();
    push('cc');
    expect(slow.error?.code).toBe('ROUTER_ANSWER_TOO_LARGE');
    push('dd');
    flight.end(complete);
    expect(control.pause).not.toHaveBeenCalled();
    expect(quick.text).toBe('aabbccdd');
    expect(slow.text).toBe('aa');
  });

  it('is not harmed by a reader that throws', () => {
    const { flight, push } = launch();
    const broken = record();
    broken.data = () => {
      throw new Error('broken');
    };
    const sound = record();
    flight.join(broken, 'miss');
    flight.join(sound, 'coalesced');
    flight.start(head);
    push('a', 'b');
    flight.end(complete);
    expect(broken.error?.code).toBe('ROUTER_INTERNAL');
    expect(sound.text).toBe('ab');
    expect(sound.summary?.outcome).toBe('complete');
  });

  it('gives its outcome to whoever joins after the end', () => {
    const ended = launch();
    ended.flight.whole(head, Buffer.from('{}'));
    const failed = launch();
    failed.flight.fail(upstreamClosed('p'));
    const [first, second] = [record(), record()];
    ended.flight.join(first, 'miss');
    failed.flight.join(second, 'miss');
    expect(first.text).toBe('{}');
    expect(second.error?.code).toBe('ROUTER_UPSTREAM_CUT');
  });

  it('tells a failure to everyone, after what arrived before it', () => {
    const { flight, push } = launch();
    const started = record();
    flight.join(started, 'miss');
    flight.start(head);
    push('a');
    flight.fail(upstreamClosed('p'));
    expect(started.text).toBe('a');
    expect(started.error?.code).toBe('ROUTER_UPSTREAM_CUT');
    expect(started.summary).toBeUndefined();
  });

  it('gives a whole answer to all who wait, once', () => {
    const { flight } = launch();
    const first = record();
    const second = record();
    flight.join(first, 'miss');
    flight.join(second, 'coalesced');
    flight.whole(head, Buffer.from('{}'));
    flight.whole(head, Buffer.from('{"again":true}'));
    expect(first.text).toBe('{}');
    expect(second.text).toBe('{}');
    expect(second.head?.cache).toBe('coalesced');
  });
});

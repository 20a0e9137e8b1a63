import { expect, it } from 'vitest';
import { createPeakEwma } from '../../src/health/peak-ewma.ts';

it('jumps to a peak at once and falls slowly', () => {
  const ewma = createPeakEwma({ decayMs: 10_000 });
  ewma.observe(100, 0);
  expect(ewma.latency(0)).toBe(100);
  ewma.observe(5000, 1000);
  expect(ewma.latency(1000)).toBe(5000);
  ewma.observe(100, 2000);
  expect(ewma.latency(2000)).toBeCloseTo(5000 * Math.exp(-0.1) + 100 * (1 - Math.exp(-0.1)), 6);
  for (let at = 3000; at <= 60_000; at += 1000) ewma.observe(100, at);
  expect(ewma.latency(60_000)).toBeLessThan(120);
  expect(ewma.latency(60_000)).toBeGreaterThan(100);
});

it('fades without traffic, so that a slow target is tried again', () => {
  const ewma = createPeakEwma({ decayMs: 10_000 });
  ewma.observe(1000, 0);
  expect(ewma.latency(10_000)).toBeCloseTo(1000 / Math.E, 6);
  expect(ewma.latency(100_000)).toBeLessThan(1);
  // Asking changes nothing.
  expect(ewma.latency(10_000)).toBeCloseTo(1000 / Math.E, 6);
});

it('costs more with each call under way', () => {
  const ewma = createPeakEwma();
  ewma.observe(200, 0);
  expect([0, 1, 4].map((outstanding) => ewma.cost(outstanding, 0))).toEqual([200, 400, 1000]);
});

it('has an unknown target tried once, and then waits for its answer', () => {
  const unknown = createPeakEwma();
  const slow = createPeakEwma();
  slow.observe(600_000, 0);
  expect(unknown.latency(0)).toBeUndefined();
  expect(unknown.cost(0, 0)).toBe(0);
  expect(unknown.cost(1, 0)).toBeGreaterThan(slow.cost(100, 0));
  expect(unknown.cost(2, 0)).toBeGreaterThan(unknown.cost(1, 0));
});

it('is not confused by a clock that goes back', () => {
  const ewma = createPeakEwma();
  ewma.observe(100, 10_000);
  expect(ewma.latency(0)).toBe(100);
  ewma.observe(50, 0);
  expect(ewma.latency(10_000)).toBe(100);
});

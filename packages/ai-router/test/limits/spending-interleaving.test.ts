import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Budget } from '../../src/limits/budget.ts';
import { type Period, periodStart, periods } from '../../src/limits/period.ts';
import { createSpending, type SpendReservation } from '../../src/limits/spending.ts';

const names = ['key-1', 'key-2', 'team'];
const hourMs = 3_600_000;

/** Millionths of a dollar, so that the model can add whole numbers. */
const micros = (max: number) => fc.integer({ min: 0, max });
const which = fc.nat();

const commandArbitrary = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant('reserve' as const),
      names: fc.subarray(names, { minLength: 1 }),
      micros: micros(400_000),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('settle' as const),
      which,
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('release' as const), which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('advance' as const),
      ms: fc.oneof(fc.integer({ min: 0, max: hourMs }), fc.integer({ min: 0, max: 40 * 24 * hourMs })),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('save', 'fail', 'load', 'crash'), which }) },
);

const budgetsArbitrary = fc.uniqueArray(
  fc.record({ usd: micros(1_500_000).map((value) => value / 1e6), period: fc.constantFrom(...periods) }),
  { selector: ({ period }) => period, maxLength: 3 },
);

interface Spent {
  readonly name: string;
  readonly at: number;
  readonly micros: number;
}

interface Open {
  readonly names: readonly string[];
  readonly micros: number;
  readonly reservation: SpendReservation;
}

it('exceeds no budget, refuses nothing that fits and loses nothing, however calls, periods and a faulty store interleave', () => {
  fc.assert(
    fc.property(
      fc.record(Object.fromEntries(names.map((name) => [name, budgetsArbitrary]))),
      fc.array(commandArbitrary, { maxLength: 100, size: 'max' }),
      (budgets: Record<string, readonly Budget[]>, commands) => {
        let now = Date.parse('2026-01-31T22:30:00Z');
        let runs = 0;
        const start = () =>
          createSpending({ budgetsOf: (name) => budgets[name], now: () => now, run: `run-${runs++}` });
        let spending = start();
        /** What is in the store, and what it stands for. */
        let store: { readonly json: string; readonly spent: readonly Spent[] } | undefined;
        /** What this process spent, and what it knows of those before it. */
        let spent: Spent[] = [];
        let earlier: readonly Spent[] = [];
        let open: Open[] = [];

        const spentIn = (name: string, period: Period): number =>
          [...earlier, ...spent]
            .filter((one) => one.name === name && periodStart(period, one.at) === periodStart(period, now))
            .reduce((sum, one) => sum + one.micros, 0);
        const reservedBy = (name: string): number =>
          open.filter((one) => one.names.includes(name)).reduce((sum, one) => sum + one.micros, 0);
        const fits = (wanted: readonly string[], amount: number): boolean =>
          wanted.every((name) =>
            budgets[name]?.every(
              ({ usd, period }) =>
                amount === 0 || spentIn(name, period) + reservedBy(name) + amount <= Math.round(usd * 1e6),
            ),
          );

        for (const command of commands) {
          if (command.type === 'reserve') {
            const verdict = spending.reserve({ names: command.names, usd: command.micros / 1e6 });
            expect(verdict.granted).toBe(fits(command.names, command.micros));
            if (verdict.granted) open.push({ ...command, reservation: verdict });
          } else if (command.type === 'advance') now += command.ms;
          else if (command.type === 'settle' || command.type === 'release') {
            const call = open[command.which % open.length];
            if (!call) continue;
            open = open.filter((one) => one !== call);
            const cost = command.type === 'settle' ? Math.floor(call.micros * command.part) : 0;
            if (command.type === 'settle') call.reservation.settle(cost / 1e6);
            call.reservation.release();
            spent.push(...call.names.map((name) => ({ name, at: now, micros: cost })));
          } else if (command.type === 'save') {
            // Who has not read the store does not write it.
            const isRead = store === undefined || store.spent.every((one) => [...earlier, ...spent].includes(one));
            if (isRead) store = { json: JSON.stringify(spending.snapshot()), spent: [...earlier, ...spent] };
          } else if (command.type === 'fail') spending.snapshot();
          else if (command.type === 'load' && store) {
            spending.restore(JSON.parse(store.json));
            earlier = [...earlier, ...store.spent.filter((one) => ![...earlier, ...spent].includes(one))];
          } else if (command.type === 'crash') {
            spending = start();
            [spent, earlier, open] = [[], [], []];
          }
          for (const name of names) {
            for (const state of spending.state(name)) {
              const inPeriod = spentIn(name, state.period);
              expect(Math.round(state.spentUsd * 1e6)).toBe(inPeriod);
              expect(Math.round(state.reservedUsd * 1e6)).toBe(reservedBy(name));
              expect(state.spentUsd).toBeGreaterThanOrEqual(0);
              expect(state.leftUsd).toBeGreaterThanOrEqual(0);
            }
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

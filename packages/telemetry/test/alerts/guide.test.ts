import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkRules } from '../../src/alerts/check-rules.ts';
import { defaultRules } from '../../src/alerts/default-rules.ts';

const guide = readFileSync(new URL('../../../../docs/guide/alerts.md', import.meta.url), 'utf8');

describe('the guide to alerts', () => {
  it('has recipes that are right', () => {
    const recipes = [...guide.matchAll(/```json\n(.*?)```/gs)].map(([, text]) => JSON.parse(text as string));
    expect(recipes.length).toBeGreaterThan(4);
    for (const recipe of recipes) {
      const { rules, problems } = checkRules(recipe);
      expect(problems).toEqual([]);
      for (const name of Object.keys(recipe)) expect(rules.map((rule) => rule.name)).toContain(name);
    }
  });

  it('names every default, with its threshold', () => {
    for (const [name, rule] of Object.entries(defaultRules)) {
      const row = guide.split('\n').find((line) => line.startsWith(`| \`${name}\``));
      expect(row, name).toBeDefined();
      expect(row?.split('|').at(-2)?.trim(), name).toBe(rule.holdMs === 0 ? '0' : `${rule.holdMs / 1000} s`);
      if (!('threshold' in rule)) continue;
      const told =
        name === 'error-rate'
          ? '5%'
          : name === 'provider-down'
            ? 'all'
            : String(rule.threshold).replace(/(?<=\d)(?=[mM])/, ' ');
      expect(row).toContain(`**${told}**`);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { applyPlan, type Breakpoint, type Plan } from '../../src/prompt-cache/plan.ts';
import { assistant, messagesRequest, text, user } from '../support/messages.ts';

const planOf = (...breakpoints: Breakpoint[]): Plan => ({
  reason: 'placed',
  breakpoints,
  readTokens: 0,
  writeTokens: 0,
  longWriteTokens: 0,
});
const short = { type: 'ephemeral' };
const long = { type: 'ephemeral', ttl: '1h' };
const tools = [
  { name: 'f', input_schema: {} },
  { name: 'g', input_schema: {} },
];
const body = messagesRequest(
  [user(text('a', 10), text('b', 10)), assistant(text('c', 10)), { role: 'user', content: 'd' }],
  {
    tools,
    system: 'be brief',
  },
);

describe('a plan carried out', () => {
  it('marks tools, system and messages, texts as blocks', () => {
    const marked = applyPlan(
      body,
      planOf(
        { path: ['tools', 1], ttl: '1h' },
        { path: ['system'], ttl: '1h' },
        { path: ['messages', 0, 'content', 1], ttl: '5m' },
        { path: ['messages', 2, 'content'], ttl: '5m' },
      ),
    );
    expect(marked).toEqual({
      ...body,
      tools: [tools[0], { ...tools[1], cache_control: long }],
      system: [{ type: 'text', text: 'be brief', cache_control: long }],
      messages: [
        user(text('a', 10), { ...text('b', 10), cache_control: short }),
        assistant(text('c', 10)),
        { role: 'user', content: [{ type: 'text', text: 'd', cache_control: short }] },
      ],
    });
    expect(Object.keys(marked)).toEqual(Object.keys(body));
  });

  it('copies no more than it touches, and nothing where there is nothing to do', () => {
    const before = structuredClone(body);
    const marked = applyPlan(body, planOf({ path: ['messages', 0, 'content', 1], ttl: '5m' }));
    expect(body).toEqual(before);
    expect(marked.tools).toBe(body.tools);
    const [first, second] = [marked.messages, body.messages] as { content: unknown[] }[][];
    expect(first?.[1]).toBe(second?.[1]);
    expect(first?.[0]?.content[0]).toBe(second?.[0]?.content[0]);
    expect(applyPlan(body, planOf())).toBe(body);
  });

  it('skips what the body does not have', () => {
    const paths: Breakpoint['path'][] = [
      ['tools', 7],
      ['messages', 0, 'content', 9],
      ['nothing'],
      ['system', 0],
      ['model', 'x'],
    ];
    for (const path of paths) expect(applyPlan(body, planOf({ path, ttl: '5m' }))).toBe(body);
  });
});

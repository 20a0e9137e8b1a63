import type { Json, JsonObject } from '../../src/wire-format.ts';
import { assistant, messagesRequest, text, user, words } from './messages.ts';

export interface TrafficRequest {
  readonly at: number;
  readonly body: JsonObject;
}

/** What one kind of client sends, in order: bodies, and the milliseconds before each. */
export type Client = Generator<{ readonly afterMs: number; readonly body: JsonObject }>;

type Random = () => number;

const between = (random: Random, least: number, most: number): number => least + random() * (most - least);
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random() * items.length)] as Item;

/** Lets clients take turns by their clocks. */
export function mix(clients: readonly Client[], most: number): TrafficRequest[] {
  const next = clients.map((client) => {
    const first = client.next();
    return { client, at: first.done ? Number.POSITIVE_INFINITY : first.value.afterMs, body: first.value?.body };
  });
  const requests: TrafficRequest[] = [];
  while (requests.length < most) {
    const soonest = next.reduce((a, b) => (b.at < a.at ? b : a));
    if (soonest.at === Number.POSITIVE_INFINITY || !soonest.body) break;
    requests.push({ at: Math.round(soonest.at), body: soonest.body });
    const { done, value } = soonest.client.next();
    soonest.at = done ? Number.POSITIVE_INFINITY : soonest.at + value.afterMs;
    soonest.body = value?.body;
  }
  return requests;
}

/** Prompts that never come again. */
export function* strangers(random: Random, name: string): Client {
  for (let index = 0; ; index++) {
    const body = messagesRequest([user(text(`${name}${index}`, between(random, 100, 8_000)))]);
    yield { afterMs: between(random, 100, 20_000), body };
  }
}

/** The worst there is for whoever bets on what came before: each prompt `times` times, and never again. */
export function* teasers(random: Random, name: string, times = 2): Client {
  for (let index = 0; ; index++) {
    const body = messagesRequest([user(text(`${name}${index}`, between(random, 1_500, 9_000)))]);
    for (let time = 0; time < times; time++) yield { afterMs: between(random, 3_000, 60_000), body };
  }
}

/** Prompts that come many times before the first answer has begun, and never again. */
export function* bursts(random: Random, name: string): Client {
  for (let index = 0; ; index++) {
    const body = messagesRequest([user(text(`${name}${index}`, between(random, 1_500, 9_000)))]);
    for (let time = 0; time < 12; time++) yield { afterMs: time === 0 ? 20_000 : between(random, 100, 900), body };
  }
}

/** Conversations that promise to go on and stop after `turns` questions. */
export function* quitters(random: Random, name: string, turns = 3): Client {
  for (let index = 0; ; index++) {
    const messages: Json[] = [];
    for (let turn = 0; turn < turns; turn++) {
      messages.push(user(text(`${name}${index}/${turn}`, between(random, 300, 1_500))));
      yield { afterMs: between(random, 3_000, 60_000), body: messagesRequest([...messages]) };
      messages.push(assistant(text(`answer ${name}${index}/${turn}`, between(random, 50, 600))));
    }
  }
}

/** Documents, some of them asked about again and again, at any distance. */
export function* readers(random: Random, name: string): Client {
  const documents = Array.from({ length: 40 }, (_, index) => text(`${name}${index}`, between(random, 800, 12_000)));
  for (let index = 0; ; index++) {
    const document = documents[Math.floor(random() ** 3 * documents.length)] as JsonObject;
    const body = messagesRequest([user(document, text(`question ${name}${index}`, between(random, 10, 300)))]);
    yield { afterMs: between(random, 1_000, pick(random, [5_000, 60_000, 900_000])), body };
  }
}

/** An agent with tools: long system prompt, runs of tool calls, images, thinking, changes of mind, pauses. */
export function* agents(random: Random, name: string): Client {
  const tools = Array.from({ length: 5 }, (_, index) => ({
    name: `tool_${index}`,
    description: words(`${name} tool ${index}`, 200),
    input_schema: { type: 'object', properties: {} },
    ...(index === 4 && { defer_loading: true }),
  }));
  const system: Json =
    random() < 0.5 ? words(`${name} system`, 1_500) : [text(`${name} system`, 1_500), text('more', 20)];
  for (let session = 0; ; session++) {
    const messages: Json[] = [{ role: 'user', content: words(`${name} task ${session}`, between(random, 20, 1_000)) }];
    const steps = Math.floor(between(random, 1, 16));
    for (let step = 0; step < steps; step++) {
      const more: JsonObject = random() < 0.03 ? { tool_choice: { type: 'any' } } : {};
      const pause = random() < 0.1 ? 900_000 : 40_000;
      yield {
        afterMs: between(random, 2_000, pause),
        body: messagesRequest([...messages], { tools, system, ...more }),
      };
      const calls = Array.from(
        { length: Math.floor(between(random, 1, 6)) },
        (_, call) => `${session}.${step}.${call}`,
      );
      messages.push(
        assistant(
          { type: 'thinking', thinking: '', signature: `${name}${session}.${step}` },
          { type: 'text', text: random() < 0.1 ? ' ' : words(`${name} plan ${session}.${step}`, 40) },
          ...calls.map((id) => ({ type: 'tool_use', id, name: 'tool_1', input: { path: id } })),
        ),
        user(
          ...calls.map((id) => ({
            type: 'tool_result',
            tool_use_id: id,
            content: words(`${name} result ${id}`, between(random, 5, 250)),
          })),
          ...(random() < 0.05 ? [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }] : []),
        ),
      );
    }
  }
}

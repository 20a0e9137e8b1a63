import type { Draws } from './draws.ts';
import type { Piece, Prompt, Turn } from './prompt.ts';

/** One request of a session, milliseconds after the one before it. */
export interface Step {
  readonly afterMs: number;
  readonly prompt: Prompt;
}

/** One kind of traffic: what one of its sessions sends. `id` is the session's own. */
export interface Kind {
  readonly name: string;
  /** Whether its answers may come hours later. */
  readonly waits: boolean;
  /** Whether its sessions are there from the beginning rather than at any time. */
  readonly standing?: boolean;
  session(draws: Draws, id: string): Generator<Step>;
}

const user = (...pieces: readonly Piece[]): Turn => ({ role: 'user', pieces });
const assistant = (piece: Piece): Turn => ({ role: 'assistant', pieces: [piece] });
const whole = (value: number, most = Number.POSITIVE_INFINITY): number =>
  Math.max(1, Math.round(Math.min(value, most)));
/** From sending a request until its answer is there, milliseconds. */
export const answerMs = (outputTokens: number): number => 1_000 + outputTokens * 14;

/** Questions about documents by a tool: most come once, some again and again, each with another question. */
const documents: Kind = {
  name: 'documents',
  waits: false,
  *session(draws, id) {
    if (!draws.chance(0.2)) {
      const tokens = draws.chance(0.55) ? draws.logNormal(40, 0.8) : draws.logNormal(14_000, 0.45);
      const outputTokens = whole(draws.logNormal(230, 0.7), 800);
      yield {
        afterMs: 0,
        prompt: { system: [], turns: [user({ id, tokens: whole(tokens, 67_000) })], outputTokens },
      };
      return;
    }
    const document: Piece = { id, tokens: whole(draws.logNormal(16_700, 0.9), 67_000) };
    const questions = Math.max(2, whole(draws.logNormal(4.6, 0.6), 24));
    const asked: Prompt[] = [];
    for (let index = 0; index < questions; index++) {
      const before = asked.at(-1);
      const question: Piece = { id: `${id} question ${index}`, tokens: whole(draws.logNormal(20, 1), 2_000) };
      const outputTokens = whole(draws.logNormal(16, 1.4), 800);
      const turns =
        before && draws.chance(0.17)
          ? [
              ...before.turns,
              assistant({ id: `${id} answer ${index - 1}`, tokens: before.outputTokens }),
              user(question),
            ]
          : [user(document, question)];
      const repeated = before && draws.chance(0.12) ? draws.pick(asked) : undefined;
      const prompt = repeated ?? { system: [], turns, outputTokens };
      asked.push(prompt);
      yield { afterMs: index === 0 ? 0 : draws.weibull(93_000, 0.7), prompt };
    }
  },
};

/** People at a chat: long first messages, few turns, thought in between. */
const chat: Kind = {
  name: 'chat',
  waits: false,
  *session(draws, id) {
    const system: Piece[] = [{ id: 'You are a helpful assistant.', tokens: 400 }];
    let turns: readonly Turn[] = [user({ id, tokens: whole(draws.logNormal(5_600, 1.25), 100_000) })];
    for (let turn = 0; ; turn++) {
      const outputTokens = whole(draws.logNormal(250, 0.8), 2_000);
      const prompt: Prompt = { system, turns, outputTokens };
      const thoughtMs = (): number => answerMs(outputTokens) + draws.weibull(170_000, 0.7);
      yield { afterMs: turn === 0 ? 0 : thoughtMs(), prompt };
      if (draws.chance(0.0115)) yield { afterMs: thoughtMs(), prompt };
      if (!draws.chance(0.36)) return;
      turns = [
        ...turns,
        assistant({ id: `${id} answer ${turn}`, tokens: outputTokens }),
        user({ id: `${id} turn ${turn}`, tokens: whole(draws.logNormal(90, 1.2), 8_000) }),
      ];
    }
  },
};

/** Agents that work through a task: one long prompt of instructions and tools, and a context that grows with each step. */
const agents: Kind = {
  name: 'agents',
  waits: false,
  *session(draws, id) {
    const role = draws.pick(['coder', 'reviewer']);
    const system: Piece[] = [{ id: `The tools and instructions of the ${role}.`, tokens: 6_000 }];
    const steps = whole(draws.logNormal(11, 0.6), 60);
    let turns: readonly Turn[] = [user({ id, tokens: whole(draws.logNormal(300, 1), 8_000) })];
    for (let step = 0; step < steps; step++) {
      const outputTokens = whole(draws.logNormal(110, 0.6), 1_500);
      const toolMs = draws.chance(0.05) ? draws.logNormal(120_000, 1) : draws.logNormal(4_000, 1.2);
      yield {
        afterMs: step === 0 ? 0 : answerMs(outputTokens) + toolMs,
        prompt: { system, turns, outputTokens },
      };
      turns = [
        ...turns,
        assistant({ id: `${id} call ${step}`, tokens: outputTokens }),
        user({ id: `${id} result ${step}`, tokens: whole(draws.logNormal(400, 1), 8_000) }),
      ];
    }
  },
};

const [suiteCases, matrixJobs] = [20, 3];

/** Prompts that are tested: all cases of a suite at each push, in all jobs of a matrix at once. */
const checks: Kind = {
  name: 'checks',
  waits: false,
  standing: true,
  *session(draws, id) {
    let revision = 0;
    const cases = Array.from({ length: suiteCases }, () => ({
      revision: 0,
      tokens: whole(draws.logNormal(400, 0.8), 4_000),
      outputTokens: whole(draws.logNormal(100, 0.5), 800),
    }));
    let waitMs = draws.between(0, 240_000);
    for (let push = 0; ; push++) {
      // A change of the instructions changes every prompt, one of a case its own.
      if (push > 0 && draws.chance(0.05)) revision += 1;
      for (const each of cases) if (push > 0 && draws.chance(0.2)) each.revision += 1;
      const jobStarts = Array.from({ length: matrixJobs }, () => draws.between(0, 5_000));
      const runs = jobStarts
        .flatMap((from) =>
          cases.map((each, index) => ({ at: from + index * 1_500 + draws.between(0, 500), index, ...each })),
        )
        .sort((left, right) => left.at - right.at);
      let sentAt = 0;
      for (const { at, index, revision: own, tokens, outputTokens } of runs) {
        const system: Piece[] = [{ id: `${id} instructions ${revision}`, tokens: 1_200 }];
        const turns = [user({ id: `${id} case ${index}.${own}`, tokens })];
        yield { afterMs: waitMs + at - sentAt, prompt: { system, turns, outputTokens } };
        waitMs = 0;
        sentAt = at;
      }
      waitMs = -Math.log(1 - draws.between(0, 1)) * 480_000;
    }
  },
};

/** Records worked through by a job overnight: one instruction, each record once. */
const jobs: Kind = {
  name: 'jobs',
  waits: true,
  *session(draws, id) {
    const system: Piece[] = [{ id: `${id} instructions`, tokens: 1_500 }];
    const sent: Prompt[] = [];
    for (let record = 0, count = draws.between(200, 400); record < count; record++) {
      const twice = sent.length > 0 && draws.chance(0.01) ? draws.pick(sent) : undefined;
      const turns = [user({ id: `${id} record ${record}`, tokens: whole(draws.logNormal(700, 0.8), 8_000) })];
      const prompt = twice ?? { system, turns, outputTokens: whole(draws.logNormal(120, 0.5), 800) };
      sent.push(prompt);
      yield { afterMs: record === 0 ? 0 : 1_000, prompt };
    }
  },
};

export const kinds: readonly Kind[] = [documents, chat, agents, checks, jobs];

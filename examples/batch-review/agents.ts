import type { Agent } from '@hotpath/batch';

interface Finding {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What each looks for. */
const concerns: Readonly<Record<string, readonly [RegExp, string]>> = {
  correctness: [/[^=!]==[^=]/, 'compares with ==, which converts'],
  security: [/\beval\(/, 'evaluates text as code'],
  readability: [/\bx\d?\b/, 'has a name that says nothing'],
};

/**
 * Made up, so that the example runs without a key: it finds by patterns what a model would find by reading. Hand in your own function,
 * or run the workflow by `hotpath run`.
 */
export const reviewers: Agent = async ({ agent, task }) => {
  const concern = concerns[agent];
  if (concern === undefined) return { text: task.slice(task.indexOf('\n')).trim(), costUsd: 0.001 };
  const [pattern, message] = concern;
  const findings = task.split('\n').flatMap((text): Finding[] => {
    const [, file, line, code = ''] = /^(\S+?):(\d+):(.*)$/.exec(text) ?? [];
    return file !== undefined && pattern.test(code) ? [{ file, line: Number(line), message }] : [];
  });
  // Models like to say something before the JSON, and to fence it.
  return { text: `Here they are:\n\`\`\`json\n${JSON.stringify({ findings })}\n\`\`\``, costUsd: 0.001 };
};

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { CapturedContent } from '../../src/content/captured.ts';

export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'content-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export const captured = (more: Partial<CapturedContent> & { readonly asked?: string } = {}): CapturedContent => {
  const { asked = 'why?', ...others } = more;
  return {
    atMs: 1_000,
    requestId: undefined,
    key: '',
    agent: '',
    protocol: 'openai-chat',
    provider: 'p',
    model: 'm',
    command: 'serve',
    outcome: 'complete',
    cache: 'miss',
    prompt: { texts: [`user: ${asked}`], isCut: false },
    answer: 'because',
    isAnswerCut: false,
    ...others,
  };
};

/** Whether some bytes stand in any file of a folder. */
export const holds = (folder: string, text: string): boolean =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some(({ parentPath, name }) => readFileSync(join(parentPath, name)).includes(text));

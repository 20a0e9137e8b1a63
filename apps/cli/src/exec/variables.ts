// The one table of what tools read, each line with where that is written. A tool is here only if what it sends is served:
// chat completions, responses and messages. Those that read no variable (Continue, Cline, Zed) need their own settings.

/** Whose API a tool believes it speaks to. */
export type Api = 'openai' | 'anthropic' | 'xai';

export const apis: readonly Api[] = ['openai', 'anthropic', 'xai'];

interface Variable {
  readonly api: Api;
  readonly name: string;
  /** Whether its value ends in `/v1`. */
  readonly isVersioned: boolean;
}

/** Set for every command. */
export const variables: readonly Variable[] = [
  // OpenAI's SDKs (github.com/openai/openai-node, -python, -go), AI SDK (@ai-sdk/openai), llm and Qwen Code (both of them
  // through the SDK), newer goose (crates/goose/src/providers/openai.rs), LiteLLM.
  { api: 'openai', name: 'OPENAI_BASE_URL', isVersioned: true },
  // aider (aider.chat/docs/llms/openai-compat.html), LangChain, which reads it first (@langchain/openai, chat_models/base),
  // LiteLLM (docs.litellm.ai/docs/set_keys), aichat, OpenAI's SDK for Python before 1.0.
  { api: 'openai', name: 'OPENAI_API_BASE', isVersioned: true },
  // Open WebUI (docs.openwebui.com, environment configuration), fabric.
  { api: 'openai', name: 'OPENAI_API_BASE_URL', isVersioned: true },
  // Anthropic's SDKs (github.com/anthropics/anthropic-sdk-typescript, src/client.ts), Claude Code
  // (code.claude.com/docs/en/llm-gateway). AI SDK reads it too and expects the version in it (@ai-sdk/anthropic,
  // normalizeBaseURL): a gateway behind a path token takes both.
  { api: 'anthropic', name: 'ANTHROPIC_BASE_URL', isVersioned: false },
  // LiteLLM and aider, read first (litellm/llms/anthropic/common_utils.py, get_api_base).
  { api: 'anthropic', name: 'ANTHROPIC_API_BASE', isVersioned: false },
  // LangChain, read first (@langchain/anthropic, chat_models; langchain_anthropic/chat_models.py).
  { api: 'anthropic', name: 'ANTHROPIC_API_URL', isVersioned: false },
  // VT Code (docs.rs/vtcode-config, env_vars) and Hotpath itself; xAI's own SDK for Python speaks gRPC and reads none.
  { api: 'xai', name: 'XAI_BASE_URL', isVersioned: true },
  // LiteLLM and aider (litellm/llms/xai).
  { api: 'xai', name: 'XAI_API_BASE', isVersioned: true },
];

interface Key {
  readonly api: Api;
  /** Where a placeholder goes. */
  readonly name: string;
  /** Any of these is a key as well. */
  readonly alternatives: readonly string[];
}

/** SDKs and tools throw without a key before they ask anybody. */
export const keys: readonly Key[] = [
  { api: 'openai', name: 'OPENAI_API_KEY', alternatives: [] },
  // Not both: Anthropic's SDK warns of two.
  { api: 'anthropic', name: 'ANTHROPIC_API_KEY', alternatives: ['ANTHROPIC_AUTH_TOKEN'] },
  { api: 'xai', name: 'XAI_API_KEY', alternatives: [] },
];

/** What a tool needs that would be wrong for others. */
export interface Program {
  readonly variables?: readonly Variable[];
  /** In place of the key of that API in `keys`. */
  readonly key?: Key;
  /** Put before the command's own arguments, if its API is pointed at the gateway. */
  readonly arguments?: { readonly api: Api; of(versionedUrl: string): readonly string[] };
}

/** By the name of the program, without its folder. */
export const programs: Readonly<Record<string, Program>> = {
  // An ANTHROPIC_API_KEY that it does not know makes it ask first (code.claude.com/docs/en/authentication).
  claude: {
    key: {
      api: 'anthropic',
      name: 'ANTHROPIC_AUTH_TOKEN',
      alternatives: ['ANTHROPIC_API_KEY', 'CLAUDE_CODE_OAUTH_TOKEN'],
    },
  },
  // Reads no variable any more (github.com/openai/codex/pull/16720). As a provider of its own, rather than with
  // `openai_base_url`, it needs no login and does not try WebSockets first.
  codex: {
    arguments: {
      api: 'openai',
      of: (url) => [
        '-c',
        'model_provider="hotpath"',
        '-c',
        `model_providers.hotpath={name="Hotpath",base_url="${url}",env_key="OPENAI_API_KEY",wire_api="responses"}`,
      ],
    },
  },
  // Older ones read these (goose-docs.ai, environment variables). Azure's samples give OPENAI_HOST another meaning.
  goose: {
    variables: [
      { api: 'openai', name: 'OPENAI_HOST', isVersioned: false },
      { api: 'anthropic', name: 'ANTHROPIC_HOST', isVersioned: false },
    ],
  },
  // Its own models without it (docs.github.com/copilot, use BYOK models); it wants a COPILOT_MODEL or --model beside it.
  copilot: { variables: [{ api: 'openai', name: 'COPILOT_PROVIDER_BASE_URL', isVersioned: true }] },
};

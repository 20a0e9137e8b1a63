/** Whose key it is, as far as its looks tell. */
export interface KeyOwner {
  readonly owner: string;
  /** Whether nobody else's keys look so. A bare `sk-` is how OpenAI's keys began first, and how DeepSeek's and many others' do. */
  readonly isSure: boolean;
}

/**
 * How keys begin, as the vendors' documentation and the patterns of secret scanners have it (github.com/gitleaks/gitleaks,
 * docs.github.com "Supported secret scanning patterns").
 */
const beginnings: readonly (readonly [beginning: string, owner: string])[] = [
  ['sk-ant-', 'anthropic'],
  ['sk-or-', 'openrouter'],
  ['sk-proj-', 'openai'],
  ['sk-svcacct-', 'openai'],
  ['sk-admin-', 'openai'],
  ['sk-service-', 'openai'],
  ['xai-', 'xai'],
  ['gsk_', 'groq'],
  ['pplx-', 'perplexity'],
  ['nvapi-', 'nvidia'],
  ['hf_', 'huggingface'],
  ['fw_', 'fireworks'],
  ['csk-', 'cerebras'],
  ['tgp_v1_', 'together'],
  ['AIza', 'google'],
];

/** "OpenAI" in base64, which stands in the middle of every key of theirs, old and new. */
const openaiMark = 'T3BlbkFJ';

/** Undefined for a key that looks like nobody's in particular. */
export const ownerOfKey = (key: string): KeyOwner | undefined => {
  for (const [beginning, owner] of beginnings) if (key.startsWith(beginning)) return { owner, isSure: true };
  return key.startsWith('sk-') ? { owner: 'openai', isSure: key.includes(openaiMark) } : undefined;
};

/** By the end of the host's name, so that addresses of regions belong to whom the others do. */
const hosts: Readonly<Record<string, string>> = {
  'api.openai.com': 'openai',
  'api.anthropic.com': 'anthropic',
  'api.x.ai': 'xai',
  'openrouter.ai': 'openrouter',
  'api.groq.com': 'groq',
  'api.perplexity.ai': 'perplexity',
  'api.nvidia.com': 'nvidia',
  'huggingface.co': 'huggingface',
  'api.fireworks.ai': 'fireworks',
  'api.cerebras.ai': 'cerebras',
  'api.together.xyz': 'together',
  'api.together.ai': 'together',
  'googleapis.com': 'google',
  // What speaks another's protocol with keys that cannot be told by their looks must not be sent the other's keys.
  'openai.azure.com': 'azure',
  'ai.azure.com': 'azure',
  'aliyuncs.com': 'alibaba',
  'api.deepinfra.com': 'deepinfra',
  'api.deepseek.com': 'deepseek',
  'api.mistral.ai': 'mistral',
  'api.minimax.io': 'minimax',
  'api.minimaxi.com': 'minimax',
  'api.moonshot.ai': 'moonshot',
  'api.moonshot.cn': 'moonshot',
  'amazonaws.com': 'amazon',
  'bigmodel.cn': 'zai',
  'api.z.ai': 'zai',
};

/** Who answers at a host; undefined for one that is nobody's in particular, such as this machine. */
export const ownerOfHost = (hostname: string): string | undefined => {
  const name = hostname.toLowerCase().replace(/\.$/, '');
  return Object.entries(hosts).find(([host]) => name === host || name.endsWith(`.${host}`))?.[1];
};

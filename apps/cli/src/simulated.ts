/** What to do where nothing but the simulator answers. */
export const howToSetUp =
  'Set OPENAI_API_KEY, ANTHROPIC_API_KEY or XAI_API_KEY, start Ollama, or write a hotpath.config.yaml.';

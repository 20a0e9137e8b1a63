const defaultPort = 11434;

/** Where Ollama should be by `OLLAMA_HOST`, which may be a host, `host:port` or an address; undefined if unreadable. */
export const ollamaAddress = (host: string | undefined): string | undefined => {
  const text = host?.trim() || `127.0.0.1:${defaultPort}`;
  const full = text.includes('://') ? text : `http://${text.startsWith(':') ? `127.0.0.1${text}` : text}`;
  if (!URL.canParse(full)) return undefined;
  const url = new URL(full);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  // Ollama itself takes 0.0.0.0 to listen everywhere; nobody can call that address.
  if (url.hostname === '0.0.0.0') url.hostname = '127.0.0.1';
  if (url.port === '' && !text.includes('://')) url.port = String(defaultPort);
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
};

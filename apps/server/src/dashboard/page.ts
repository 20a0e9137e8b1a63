import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';

interface PageFile {
  readonly type: string;
  readonly plain: Buffer;
  /** Packed by the build, by the name of the coding; absent where that makes it no smaller. */
  readonly packed: ReadonlyMap<string, Buffer>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};
/** The smaller first. */
const codings = { br: '.br', gzip: '.gz' } as const;

/** Where the build puts the page: beside the bundle, or in its own package where the sources run. */
const usualFolder = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../../../dashboard/dist/' : './page/', import.meta.url),
);

/** Files of a folder by their path below it, with slashes; none where there is no such folder. */
const readFiles = (folder: string): ReadonlyMap<string, PageFile> => {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const all = new Set(paths);
  return new Map(
    paths
      .filter((path) => types[extname(path)] !== undefined)
      .map((path) => {
        const packed = Object.entries(codings).flatMap(([coding, extension]) =>
          all.has(path + extension) ? [[coding, readFileSync(path + extension)] as const] : [],
        );
        const file = { type: types[extname(path)] as string, plain: readFileSync(path), packed: new Map(packed) };
        return [relative(folder, path).split(sep).join('/'), file];
      }),
  );
};

// Nothing but what comes with the page, nowhere but by itself.
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const send = (reply: FastifyReply, accepted: string, file: PageFile, isHashed: boolean): FastifyReply => {
  const coding = [...file.packed.keys()].find((name) => new RegExp(`\\b${name}\\b`).test(accepted));
  return reply
    .headers({
      'content-type': file.type,
      'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      vary: 'accept-encoding',
      ...(coding && { 'content-encoding': coding }),
    })
    .send(coding ? file.packed.get(coding) : file.plain);
};

/** `/dashboard/`: the page, from memory. Where it was not built, there is none. `/` leads browsers to it. */
export const registerDashboardPage = (app: FastifyInstance, folder = usualFolder): void => {
  let files: ReadonlyMap<string, PageFile>;
  try {
    files = readFiles(folder);
  } catch {
    return;
  }
  const index = files.get('index.html');
  if (index === undefined) return;
  app.get('/dashboard', (_request, reply) => reply.redirect('dashboard/'));
  app.get<{ readonly Params: { readonly '*': string } }>('/dashboard/*', (request, reply) => {
    const path = request.params['*'];
    const file = path === '' ? index : files.get(path);
    const accepted = String(request.headers['accept-encoding'] ?? '');
    return file === undefined ? reply.callNotFound() : send(reply, accepted, file, path.startsWith('assets/'));
  });
  app.get('/', (request, reply) =>
    String(request.headers.accept ?? '').includes('text/html') ? reply.redirect('dashboard/') : reply.callNotFound(),
  );
};

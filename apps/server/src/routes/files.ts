import { otherFilesApi } from '../batches/errors.ts';
import { fileView } from '../batches/openai-view.ts';
import { readFileFields, readFileList } from './batch-request.ts';
import type { BatchScope } from './batch-scope.ts';

interface Id {
  readonly Params: { readonly id: string };
}

/** OpenAI's files, as far as batches need them. */
export function registerFileRoutes({ app, batches, ownerOf }: BatchScope): void {
  app.register(async (scope) => {
    scope.addContentTypeParser('multipart/form-data', (_request, _payload, done) => done(null));
    scope.addHook('preHandler', async ({ headers }) => {
      if (headers['anthropic-version'] !== undefined) throw otherFilesApi;
    });

    scope.post('/v1/files', async (request) =>
      fileView(await (await batches()).addFile(ownerOf(request), request.raw, readFileFields)),
    );
    scope.get('/v1/files', async (request) => {
      const page = readFileList(request.query);
      const files = (await batches()).files(ownerOf(request), { ...page, limit: page.limit + 1 });
      const data = files.slice(0, page.limit).map(fileView);
      const ids = { first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
      return { object: 'list', data, ...ids, has_more: files.length > page.limit };
    });
    scope.get<Id>('/v1/files/:id', async (request) =>
      fileView((await batches()).file(ownerOf(request), request.params.id)),
    );
    scope.delete<Id>('/v1/files/:id', async (request) => {
      const { id } = request.params;
      await (await batches()).deleteFile(ownerOf(request), id);
      return { id, object: 'file', deleted: true };
    });
    scope.get<Id>('/v1/files/:id/content', async (request, reply) => {
      const { file, stream } = (await batches()).content(ownerOf(request), request.params.id);
      return reply
        .headers({
          'content-type': 'application/jsonl',
          'content-length': file.bytes,
          'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.filename.toWellFormed())}`,
          'x-content-type-options': 'nosniff',
        })
        .send(stream);
    });
  });
}

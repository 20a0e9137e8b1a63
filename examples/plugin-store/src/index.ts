import { isAbsolute, resolve } from 'node:path';
import type { HotpathPlugin } from '@hotpath/runtime';
import { openFolderStore } from './folder-store.ts';

// #region store
export default {
  activate: ({ dataFolder, projectFolder }) => ({
    stores: {
      folder({ settings: { folder = dataFolder }, maxBytes, now }) {
        if (typeof folder !== 'string' || folder === '')
          throw new Error('"settings.folder" must be the path of a folder.');
        return openFolderStore({
          folder: isAbsolute(folder) ? folder : resolve(projectFolder, folder),
          maxBytes,
          now,
        });
      },
    },
  }),
} satisfies HotpathPlugin;
// #endregion store

import { describe, expect, it } from 'vitest';
import { findFolders } from '../src/folders.ts';

const home = '/home/ada';

describe('findFolders', () => {
  it('follows XDG', () => {
    expect(findFolders({ environment: {}, platform: 'linux', home })).toEqual({
      config: '/home/ada/.config/hotpath',
      cache: '/home/ada/.cache/hotpath',
      state: '/home/ada/.local/state/hotpath',
    });
    const environment = { XDG_CONFIG_HOME: '/c', XDG_CACHE_HOME: '/k', XDG_STATE_HOME: '/s' };
    expect(findFolders({ environment, platform: 'linux', home })).toEqual({
      config: '/c/hotpath',
      cache: '/k/hotpath',
      state: '/s/hotpath',
    });
  });

  it('ignores relative and empty XDG values, as the standard says', () => {
    const environment = { XDG_CONFIG_HOME: 'c', XDG_CACHE_HOME: '' };
    expect(findFolders({ environment, platform: 'linux', home })).toMatchObject({
      config: '/home/ada/.config/hotpath',
      cache: '/home/ada/.cache/hotpath',
    });
  });

  it('uses the usual folders of macOS', () => {
    expect(findFolders({ environment: {}, platform: 'darwin', home })).toEqual({
      config: '/home/ada/Library/Preferences/hotpath',
      cache: '/home/ada/Library/Caches/hotpath',
      state: '/home/ada/Library/Application Support/hotpath',
    });
  });

  it.each(['linux', 'darwin', 'win32'] as const)('puts everything below HOTPATH_HOME on %s', (platform) => {
    const environment = { HOTPATH_HOME: '/data/hotpath', XDG_CACHE_HOME: '/k' };
    expect(findFolders({ environment, platform, home })).toEqual({
      config: '/data/hotpath',
      cache: '/data/hotpath/cache',
      state: '/data/hotpath/state',
    });
  });
});

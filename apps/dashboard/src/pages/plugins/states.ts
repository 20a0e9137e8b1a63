import type { PluginsView } from '../../api/contract.ts';
import type { Tone } from '../../parts/badge.tsx';

export const pluginTone = ({ state, problem }: PluginsView['plugins'][number]): Tone => {
  if (problem !== null || /fail|quarantin/.test(state)) return 'bad';
  return state === 'active' ? 'good' : 'plain';
};

import type { SharedV4Warning } from '@ai-sdk/provider';

/** Gathers what a call leaves out, each thing once. */
export interface Warnings {
  readonly list: readonly SharedV4Warning[];
  unsupported(feature: string, details?: string): void;
}

export function createWarnings(): Warnings {
  const list: SharedV4Warning[] = [];
  return {
    list,
    unsupported(feature, details) {
      if (list.some((known) => known.type === 'unsupported' && known.feature === feature)) return;
      list.push({ type: 'unsupported', feature, ...(details !== undefined && { details }) });
    },
  };
}

export type { SeededNode, SimulatedFileSystem, TreeNode } from './testing/simulated-file-system.ts';
export { Crash, simulatedFileSystem } from './testing/simulated-file-system.ts';
export type { WorkspaceSubject } from './testing/workspace-kit.ts';
export { testWorkspace } from './testing/workspace-kit.ts';

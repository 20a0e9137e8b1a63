export type { AdminKey, AdminKeyOptions } from './admin-key.ts';
export { openAdminKey } from './admin-key.ts';
export type { ServerErrorCode } from './errors.ts';
export { type RunningServer, type ServerOptions, startServer } from './start-server.ts';
export type { CacheScope } from './tenant.ts';

export { type ProviderKitOptions, testProvider } from './testing/provider.ts';

export { type BatchApiKitOptions, testBatchApi } from './testing/batch-api.ts';
export { type ProviderKitOptions, testProvider } from './testing/provider.ts';
export {
  type AnswerFixture,
  type ErrorFixture,
  type RefusalFixture,
  type RefusedAnswerFixture,
  type RequestFixture,
  type StreamFixture,
  testWireFormat,
  type WireFormatFixtures,
} from './testing/wire-format.ts';

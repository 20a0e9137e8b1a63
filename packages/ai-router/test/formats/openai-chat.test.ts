import { openaiChat } from '../../src/formats/index.ts';
import { testWireFormat } from '../../src/testing/wire-format.ts';
import { readFixtures } from './fixtures.ts';

testWireFormat(openaiChat, readFixtures('openai-chat'));

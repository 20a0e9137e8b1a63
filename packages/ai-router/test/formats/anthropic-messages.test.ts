import { anthropicMessages } from '../../src/formats/index.ts';
import { testWireFormat } from '../../src/testing/wire-format.ts';
import { readFixtures } from './fixtures.ts';

testWireFormat(anthropicMessages, readFixtures('anthropic-messages'));

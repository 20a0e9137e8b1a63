import { memoryJournal } from '../../src/index.ts';
import { testJournal } from '../../src/testing.ts';

testJournal('memoryJournal', memoryJournal, { isDurable: false });

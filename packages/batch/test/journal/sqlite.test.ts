import { sqliteJournal } from '../../src/journals/sqlite.ts';
import { testJournal } from '../../src/testing.ts';

testJournal('sqliteJournal', sqliteJournal, { isDurable: true });

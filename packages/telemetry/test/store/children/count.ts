import { requestKind } from '../../../src/kinds/request.ts';
import { openEventStore } from '../../../src/store/event-store.ts';

/** Says how many requests a file has, or why it cannot be read. */
const [path = ''] = process.argv.slice(2);
try {
  const store = openEventStore({ path, isReadOnly: true });
  const groups = store.aggregate(requestKind, { fromMs: 0, toMs: Date.now() + 1 });
  await store.close();
  process.stdout.write(String(groups.reduce((sum, { count }) => sum + count, 0)));
} catch (error) {
  process.stdout.write(String(error));
}

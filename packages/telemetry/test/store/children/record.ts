import { createCollector } from '../../../src/collector/collector.ts';
import { requestKind } from '../../../src/kinds/request.ts';
import { openEventStoreThread } from '../../../src/thread/event-store-thread.ts';

/** Records without end, and says how many events are safe. */
const [path = '', name = ''] = process.argv.slice(2);
const collector = createCollector({ exporters: [openEventStoreThread({ store: { path } })], flushMs: 'never' });
const recorder = collector.recorder(requestKind);
let recorded = 0;
for (;;) {
  for (let index = 0; index < 50; index += 1) {
    recorder.names[requestKind.dimensionAt.model] = name;
    recorder.values[requestKind.measureAt.cost] = 1;
    recorder.push(Date.now(), `${name}-${recorded}`);
    recorded += 1;
  }
  await collector.flush();
  process.stdout.write(`${recorded}\n`);
}

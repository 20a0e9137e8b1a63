import { channel } from 'node:diagnostics_channel';
import { openTelemetry, readTelemetryConfig } from '@hotpath/runtime/telemetry';
import { describe, expect, it } from 'vitest';
import { contentChannel, hearEarly, recordedChannels } from '../src/telemetry/hear-early.ts';

describe('what is heard before anything is recorded', () => {
  it('is all that is listened to later', async () => {
    const config = await readTelemetryConfig();
    const content = { ...config.content, enabled: true };
    const { channels, close } = openTelemetry({ config: { ...config, content }, command: 'test' });
    await close();
    expect([...channels].sort()).toEqual([...recordedChannels, contentChannel].sort());
  });

  it('is noted in its order until it stops, and tells when there is much of it', () => {
    const [one, other] = [channel('test:one'), channel('test:other')];
    let isMuch = 0;
    const early = hearEarly(['test:one', 'test:other'], 2, () => {
      isMuch += 1;
    });
    one.publish(1);
    other.publish(2);
    one.publish(3);
    early.stop();
    one.publish(4);
    expect(early.announced.map(({ channel: name, message }) => [name, message])).toEqual([
      ['test:one', 1],
      ['test:other', 2],
      ['test:one', 3],
    ]);
    expect(isMuch).toBe(1);
    expect(one.hasSubscribers).toBe(false);
  });
});

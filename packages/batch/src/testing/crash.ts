/** What everything throws from the moment on at which a simulated process has died. */
export class Crash extends Error {
  override readonly name: string = 'Crash';

  constructor(at: string) {
    super(`the process died at ${at}`);
  }
}

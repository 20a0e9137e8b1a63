// Loaded into what `npm start` and its like run: when the process that started it is killed outright, it and its children
// stop too, instead of living on unseen. A process group of one's own makes this necessary.
// Forks and workers inherit the `--require`, but not the variable: their channel may close for reasons of its own.
if (process.env.HOTPATH_WITH_PARENT !== undefined) {
  delete process.env.HOTPATH_WITH_PARENT;
  process.once('disconnect', () => process.kill(process.platform === 'win32' ? process.pid : 0, 'SIGTERM'));
  process.channel?.unref();
}

// The entry of every npm script. It needs Node and npm alone, and runs on any Node from 18. Modules are imported late, so
// that an older Node still gets as far as the message.
const oldestNode = 18;
const [command = 'help', ...args] = process.argv.slice(2);

if (Number(process.versions.node.split('.')[0]) < oldestNode) {
  process.stderr.write(
    `hotpath: this is Node ${process.versions.node}; setting up needs Node ${oldestNode} or newer. Install one, then run the command again.\n`,
  );
  process.exitCode = 1;
} else {
  import('./commands.mjs')
    .then(({ run }) => run(command, args))
    .then(
      (code) => {
        process.exitCode = code;
      },
      (error) => {
        process.stderr.write(`${error.name === 'SetUpError' ? error.message : error.stack}\n`);
        process.exitCode = error.exitCode ?? 1;
      },
    );
}

/** Where a call comes in: its words go to `answer`, and what comes back is written out. */
import { answer } from "./command.ts";

// A pager or `head` may close the pipe: what was not read is no failure.
process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
  if (fault.code !== "EPIPE") throw fault;
});
const { status, stdout, stderr } = answer(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;

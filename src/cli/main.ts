/** Where a call comes in: its words go to `answerOnCores`, and what comes back is written out. */
import { answerOnCores } from "./cores.ts";

// A pager or `head` may close the pipe: what was not read is no failure.
process.stdout.on("error", (fault: NodeJS.ErrnoException) => {
  if (fault.code !== "EPIPE") throw fault;
});
const { status, stdout, stderr } = await answerOnCores(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;

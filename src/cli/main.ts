/** Where a call comes in: its words go to `answer`, and what comes back is written out. */
import { answer } from "./command.ts";

const { status, stdout, stderr } = answer(process.argv.slice(2));
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = status;

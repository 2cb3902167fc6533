/** The command line: the same engine as the page, without a browser. */
import { parseArgs } from "node:util";
import { designs } from "../kernel/designs/index.ts";
import { properties } from "../kernel/properties.ts";
import { library } from "../scenarios/library/index.ts";
import { CaptureError } from "../scenarios/capture/read.ts";
import { LinkError } from "../scenarios/link.ts";
import { plain, wrap } from "../worker/reply/lines.ts";
import { checkEverything } from "../worker/check.ts";
import { capture, captureText } from "./capture.ts";
import { checkAll, CheckError, checkText, differencesTo } from "./check.ts";
import { replayJson, replayText, replyText } from "./replay.ts";

const USAGE = `usage: npm run -s smmu -- COMMAND

  designs     [--json]           kernel designs, with their options
  scenarios   [--json]           worlds of the library
  properties  [--json]           what must hold, and when it is judged
  replay LINK [--json | --text | --reply]
                                 every step of a link's run, the state it
                                 ends in, verdicts, callers, assumptions;
                                 --reply: what the page copies as a reply;
                                 LINK is an address or what follows its #
  capture FILE [--json]          a real Linux, recorded, against the
                                 model: results, commands, STEs and CDs
  check [--scenario ID|FILE|all] [--design ID|all] [--property ID]
        [--max-states N] [--exact] [--no-reduction] [--json]
        [--expect FILE]          all runs of a world: which design breaks
                                 which property, with a link for each;
                                 a design with options as in a link, e.g.
                                 test-dev-v1--retest-yes; --expect: what
                                 --json printed before, time excepted

exit status: 0 done; 1 the link does not replay, the file is no capture,
the model differs from it, or what was checked from what is expected;
2 wrong usage`;

/** A wrong call: usage, exit status 2. */
class Usage extends Error {}

const json = (value: unknown) => JSON.stringify(value, null, 2);

const entry = (id: string, title: string, texts: readonly string[]) =>
  [wrap(`${id}  ${title}`, 2), ...texts.filter((t) => t !== "").map((t) => wrap(plain(t), 4, "    "))].join("\n");

function listDesigns(asJson: boolean): string {
  if (asJson) {
    return json(
      designs.map(({ id, title, about, source, driver, open, options, notApplicable }) => ({
        id,
        title,
        about,
        source,
        driver,
        open,
        options,
        notApplicable,
      })),
    );
  }
  return designs
    .map((d) =>
      entry(d.id, d.title, [
        d.about,
        `Source: ${d.source}`,
        `Driver: ${d.driver}`,
        ...d.open.map((o) => `Open: ${o}`),
        ...d.options.map(
          (o) => `Option ${o.id}, ${o.about}: ${o.values.map((v) => `${v.id} (${v.about})`).join("; ")}`,
        ),
      ]),
    )
    .join("\n\n");
}

function listScenarios(asJson: boolean): string {
  return asJson ? json(library) : library.map((s) => entry(s.id, s.title, [s.about])).join("\n\n");
}

function listProperties(asJson: boolean): string {
  if (asJson) return json(properties.map(({ id, sentence, source, moment }) => ({ id, sentence, source, moment })));
  return properties
    .map((p) => entry(p.id, plain(p.sentence), [`Judged: ${p.moment}`, `Source: ${p.source}`]))
    .join("\n\n");
}

/** Options of `check`, as the command line has them. */
interface CheckFlags {
  readonly scenario?: string;
  readonly design?: string;
  readonly property?: string;
  readonly "max-states"?: string;
  readonly exact?: boolean;
  readonly "no-reduction"?: boolean;
  readonly expect?: string;
}

interface Flags extends CheckFlags {
  readonly json?: boolean;
  readonly text?: boolean;
  readonly reply?: boolean;
  readonly help?: boolean;
}

function checkCommand(flags: CheckFlags, asJson: boolean): string {
  const maxStates = flags["max-states"] ?? String(checkEverything.maxStates);
  if (!/^[1-9]\d{0,8}$/.test(maxStates)) throw new Usage(`--max-states takes a number from 1, not "${maxStates}"`);
  try {
    const found = checkAll({
      scenario: flags.scenario ?? "all",
      design: flags.design ?? "all",
      property: flags.property ?? null,
      maxStates: Number(maxStates),
      exact: flags.exact ?? false,
      reduce: !(flags["no-reduction"] ?? false),
    });
    const text = asJson ? json(found) : checkText(found);
    if (flags.expect === undefined) return text;
    const differences = differencesTo(flags.expect, found);
    if (differences.length > 0) process.exitCode = 1;
    for (const line of differences) process.stderr.write(`${line}\n`);
    return text;
  } catch (error) {
    if (error instanceof CheckError) throw new Usage(error.message);
    throw error;
  }
}

const checkFlags = {
  scenario: { type: "string" },
  design: { type: "string" },
  property: { type: "string" },
  "max-states": { type: "string" },
  exact: { type: "boolean" },
  "no-reduction": { type: "boolean" },
  expect: { type: "string" },
} as const;

function run(argv: readonly string[]): string {
  let parsed: { values: Flags; positionals: string[] };
  try {
    // a fragment may begin with a dash nowhere, so everything unknown is a mistake
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        json: { type: "boolean" },
        text: { type: "boolean" },
        reply: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        ...checkFlags,
      },
    });
  } catch (error) {
    throw new Usage(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  if (values.help) return USAGE;
  const [command, ...rest] = positionals;
  const asJson = values.json ?? false;
  if (command === "replay") {
    if (rest.length === 0) throw new Usage("replay takes a link");
    if (Number(asJson) + Number(values.text ?? false) + Number(values.reply ?? false) > 1)
      throw new Usage("--json, --text and --reply exclude each other");
    // a link that a shell split at a mailer's line ends is put together again
    const link = rest.join("\n");
    if (asJson) return json(replayJson(link));
    return values.reply ? replyText(link) : replayText(link);
  }
  if (values.text || values.reply) throw new Usage("--text and --reply belong to replay");
  if (command === "capture") {
    const [file, ...more] = rest;
    if (file === undefined) throw new Usage("capture takes a file");
    if (more.length > 0) throw new Usage(`capture takes one file, not "${more[0]}" as well`);
    const found = capture(file);
    if (found.differences.length > 0) process.exitCode = 1;
    return asJson ? json(found) : captureText(found);
  }
  const stray = command === "check" ? undefined : Object.keys(checkFlags).find((flag) => flag in values);
  if (stray !== undefined) throw new Usage(`--${stray} belongs to check`);
  if (rest.length > 0) throw new Usage(`${command} takes no argument "${rest[0]}"`);
  if (command === "designs") return listDesigns(asJson);
  if (command === "scenarios") return listScenarios(asJson);
  if (command === "check") return checkCommand(values, asJson);
  if (command === "properties") return listProperties(asJson);
  throw new Usage(command === undefined ? "a command is missing" : `there is no command "${command}"`);
}

try {
  process.stdout.write(`${run(process.argv.slice(2))}\n`);
} catch (error) {
  if (error instanceof Usage) {
    process.stderr.write(`smmu: ${error.message}\n${USAGE}\n`);
    process.exitCode = 2;
  } else if (error instanceof LinkError || error instanceof CaptureError) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}

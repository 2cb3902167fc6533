/** The command line: the same engine as the page, without a browser. A call's words in, its output and status out. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { properties } from "../kernel/properties.ts";
import { sources } from "../kernel/properties/sources.ts";
import { library, unitTestWorlds } from "../scenarios/library/index.ts";
import { CaptureError } from "../scenarios/capture/read.ts";
import { LinkError } from "../scenarios/find-link.ts";
import { MAX_SEED } from "../scenarios/random.ts";
import { ScenarioError } from "../scenarios/refused.ts";
import { type Checked, checkEverything } from "../worker/check.ts";
import { checkText } from "../worker/check-text.ts";
import { designNotes } from "../worker/notes.ts";
import { plain, wrap } from "../worker/reply/lines.ts";
import { capture, captureText } from "./capture.ts";
import { againstText, changedCells } from "./against.ts";
import { checkAll, differencesTo, pairOf, togglesOf } from "./check.ts";
import { checksJson, checksText } from "./checks.ts";
import { compare, compareText } from "./compare.ts";
import { decodeText, diffText, isEntryKind, isStructure } from "./decode.ts";
import { faultsText, sowAll } from "./faults.ts";
import { CheckError, Refused } from "./refused.ts";
import { reproduce, reproduceText } from "./reproduce.ts";
import { replayJson, replayText, replyText } from "./replay.ts";
import { type RunRequest, runJson, runText } from "./run.ts";
import { statements, statementsText } from "./statements.ts";
import { findStories, storiesText } from "./stories.ts";
import { mutations, mutationsText, vectors, vectorsText } from "./vectors.ts";

const USAGE = `usage: npm run -s smmu -- COMMAND

  designs     [--json]           kernel designs, with their options
  scenarios   [--json]           worlds of the library
  properties  [--json]           what must hold, and when it is judged
  checks      [--json]           the twelve checks of the test_dev patch,
                                 each with a run before and after it
  stories [ID] [--json]          questions of the reviewers, answered by
                                 runs; one ID: whole, with its row of the
                                 matrix
  replay LINK [--json | --text | --reply]
                                 every step of a link's run, the state it
                                 ends in, verdicts, callers, assumptions;
                                 --reply: what the page copies as a reply;
                                 LINK is an address or what follows its #
  compare LINK --with DESIGN [--json]
                                 the same schedule on another design:
                                 results, properties and end states side
                                 by side, then the steps, aligned
  reproduce LINK [--json]        the ioctls and sysfs writes that would do
                                 the same on a real kernel, and where a
                                 delay has to hold the window open
  run --scenario ID-OR-FILE --design ID [--option NAME=VALUE]...
      [--seed N] [--json]        plays a random schedule to its end; the
                                 same seed (1 if none) is the same run
  capture FILE [--json]          a real Linux, recorded, against the
                                 model: results, commands, STEs and CDs
  decode ste|cd|cmd|event [HEX...]
                                 fields of an STE or CD (8 qwords), a
                                 command (2) or an event (4), what is
                                 ignored and what is illegal; HEX as
                                 0x1f, 1f or %016llx prints it, with
                                 spaces, lines or commas between; without
                                 HEX from standard input
  decode --diff ste|cd [HEX... -- HEX...]
                                 what differs between two entries, and
                                 the driver's stores and syncs between
                                 them; -- may be left out
  vectors DIR [--mutations] [--json]
                                 what was recorded from the driver's
                                 code, against the one of src/hw;
                                 --mutations: breaks the writer's rules
                                 one by one, and what notices
  check [--scenario ID|FILE|all] [--design ID|all] [--property ID]
        [--max-states N] [--exact] [--no-reduction] [--json]
        [--toggle WORD]... [--expect FILE] [--against ID]
        [--workers N] [--part I/N]
                                 all runs of a world: which design breaks
                                 which property, with a link for each;
                                 a design with options as in a link, e.g.
                                 test-dev-v1--retest-yes; --toggle: with
                                 one thing changed; --expect: what
                                 --json printed before, time excepted;
                                 --design FILE: a variant of your own;
                                 --against: only the cells in which it
                                 differs from another design; --workers:
                                 processes for the whole library, as many
                                 as there are cores; --part: every Nth
                                 pair from the Ith, for several machines
  faults      [--json]           linux-7.3 broken in one place after the
                                 other, and which property notices
  statements PROCEDURE [--design ID] [--json]
                                 the statements of a procedure, with the
                                 words for --toggle: drop one, take its
                                 condition for true, move it; also
                                 without-THREAD-OPERATION and
                                 move-THREAD-OPERATION-PLACE, from 0

exit status: 0 done; 1 a link does not replay, a file, an id or an
option is none, the model differs from a capture, a vector fails, or
what was checked differs from what is expected; 2 wrong usage, for check
also a scenario, design, property, toggle or --expect FILE that is none,
for compare and statements the design. One sentence says why`;

/** What stands below the sentence about a wrong call. */
const HELP = "usage: npm run -s smmu -- --help";

/** A wrong call, in a sentence without its full stop: exit status 2. */
class Usage extends Error {}

const json = (value: unknown) => JSON.stringify(value, null, 2);

const entry = (id: string, title: string, texts: readonly string[]) =>
  [wrap(`${id}  ${title}`, 2), ...texts.filter((t) => t !== "").map((t) => wrap(plain(t), 4, "    "))].join("\n");

function listDesigns(asJson: boolean): string {
  const notes = designNotes();
  if (asJson) return json(notes);
  return notes
    .map((d) =>
      entry(d.id, d.title, [
        d.about,
        `Source: ${d.source}`,
        `Driver: ${d.driver}`,
        ...d.open.map((o) => `Open: ${o}`),
        ...d.silences.map(({ worlds, says }) => `Silent on ${worlds.join(", ")}: ${says}`),
        ...d.options.map(
          (o) => `Option ${o.id}, ${o.about}: ${o.values.map((v) => `${v.id} (${v.about})`).join("; ")}`,
        ),
        ...d.differs.map(
          ({ file, note, procs }) =>
            `Differs from linux-7.3 in ${file}: ${procs.map((p) => p.name + (p.isNew ? " (new)" : "")).join(", ")}. ${note}`,
        ),
      ]),
    )
    .join("\n\n");
}

function listScenarios(asJson: boolean): string {
  const all = [...library, ...unitTestWorlds];
  return asJson ? json(all) : all.map((s) => entry(s.id, s.title, [s.about])).join("\n\n");
}

function listProperties(asJson: boolean): string {
  const sourced = properties.map(({ id, sentence, moment }) => ({ id, sentence, source: sources[id] ?? "", moment }));
  if (asJson) return json(sourced);
  return sourced
    .map((p) => entry(p.id, plain(p.sentence), [`Judged: ${p.moment}`, `Source: ${p.source}`]))
    .join("\n\n");
}

interface Values {
  readonly json?: boolean;
  readonly text?: boolean;
  readonly reply?: boolean;
  readonly diff?: boolean;
  readonly mutations?: boolean;
  readonly help?: boolean;
  readonly scenario?: string;
  readonly design?: string;
  readonly option?: string[];
  readonly seed?: string;
  readonly property?: string;
  readonly "max-states"?: string;
  readonly exact?: boolean;
  readonly "no-reduction"?: boolean;
  readonly toggle?: string[];
  readonly expect?: string;
  readonly workers?: string;
  readonly part?: string;
  readonly against?: string;
  readonly with?: string;
}

/** Output with a status that is not 0, and what is said beside it. */
interface Differs {
  readonly text: string;
  readonly status: 1;
  readonly notes?: readonly string[];
}

/** What only `check` takes. */
const CHECK_FLAGS = [
  "property",
  "max-states",
  "exact",
  "no-reduction",
  "toggle",
  "expect",
  "against",
  "workers",
  "part",
] as const;

/** `2/3`: every third pair from the second. */
function partOf(text: string): { from: number; every: number } {
  const [, from = 0, every = 0] = (/^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? []).map(Number);
  if (from < 1 || from > every) throw new Usage(`--part takes I/N, I from 1 to N, not "${text}"`);
  return { from, every };
}

/** @param known what was checked already, on several cores */
function runCheck(flags: Values, asJson: boolean, known: readonly Checked[] | null): string | Differs {
  if (flags.workers !== undefined && !/^[1-8]$/.test(flags.workers))
    throw new Usage(`--workers takes a number from 1 to 8, not "${flags.workers}"`);
  const maxStates = flags["max-states"] ?? String(checkEverything.maxStates);
  if (!/^[1-9]\d{0,8}$/.test(maxStates)) throw new Usage(`--max-states takes a number from 1, not "${maxStates}"`);
  const request = {
    ...checkEverything,
    scenario: flags.scenario ?? "all",
    design: flags.design ?? "all",
    toggles: togglesOf(flags.toggle ?? []),
    property: flags.property ?? null,
    maxStates: Number(maxStates),
    exact: flags.exact ?? false,
    reduce: !(flags["no-reduction"] ?? false),
    ...(flags.part === undefined ? {} : { part: partOf(flags.part) }),
  };
  if (flags.against !== undefined) {
    const { variant, base } = pairOf(request.design, flags.against);
    const after = checkAll(request);
    const before = checkAll({ ...request, design: flags.against, toggles: [] });
    const shown = { ...variant, toggles: [...variant.toggles, ...request.toggles] };
    return asJson ? json(changedCells(before, after)) : againstText(shown, base, before, after);
  }
  const found = known ?? checkAll(request);
  // of one world; for all of them the runs would take longer than the search
  const text = asJson ? json(found) : checkText(found, new Set(found.map((row) => row.scenario)).size === 1);
  if (flags.expect === undefined) return text;
  const notes = differencesTo(flags.expect, found);
  return notes.length > 0 ? { text, status: 1, notes } : text;
}

/** What `run` is asked for. What it names may still not exist: that is no wrong usage. */
function runRequest({ scenario, design, option = [], seed = "1" }: Values, rest: readonly string[]): RunRequest {
  if (rest.length > 0) throw new Usage(`run takes no argument "${rest[0]}"`);
  if (scenario === undefined) throw new Usage("run takes --scenario, an id of the library or a file");
  if (design === undefined) throw new Usage("run takes --design");
  const bad = option.find((given) => !/^[^=]+=./.test(given));
  if (bad !== undefined) throw new Usage(`--option takes NAME=VALUE, not "${bad}"`);
  if (!/^\d{1,10}$/.test(seed) || Number(seed) > MAX_SEED)
    throw new Usage(`--seed takes a whole number up to ${MAX_SEED}, not "${seed}"`);
  return { scenario, design, options: option, seed: Number(seed) };
}

function runCompare(link: string, design: string, asJson: boolean): string {
  const found = compare(link, design);
  return asJson ? json(found) : compareText(found);
}

/** Words of the command line, or standard input if there are none. */
function wordsOrInput(words: readonly string[]): string {
  return words.length > 0 ? words.join(" ") : readFileSync(0, "utf8");
}

function runDecode(structure: string | undefined, words: readonly string[], diff: boolean): string {
  if (diff) {
    if (!isEntryKind(structure)) throw new Usage("decode --diff takes ste or cd first");
    return diffText(structure, wordsOrInput(words));
  }
  if (!isStructure(structure)) throw new Usage("decode takes ste, cd, cmd or event first");
  return decodeText(structure, wordsOrInput(words));
}

/** The positional words, with `--` where it stood: it lies between two entries. */
function wordsOf(argv: readonly string[], positionals: readonly string[]): string[] {
  const at = argv.indexOf("--");
  if (at < 0) return [...positionals];
  const after = argv.length - at - 1;
  return [...positionals.slice(0, positionals.length - after), "--", ...argv.slice(at + 1)];
}

const OPTIONS = {
  json: { type: "boolean" },
  text: { type: "boolean" },
  reply: { type: "boolean" },
  diff: { type: "boolean" },
  mutations: { type: "boolean" },
  help: { type: "boolean", short: "h" },
  scenario: { type: "string" },
  design: { type: "string" },
  option: { type: "string", multiple: true },
  seed: { type: "string" },
  property: { type: "string" },
  "max-states": { type: "string" },
  exact: { type: "boolean" },
  "no-reduction": { type: "boolean" },
  toggle: { type: "string", multiple: true },
  expect: { type: "string" },
  workers: { type: "string" },
  part: { type: "string" },
  against: { type: "string" },
  with: { type: "string" },
} as const;

/** What is wrong with an option: Node says it in several sentences, of a call that is not this one. */
function optionMistake(said: string): string {
  const [, dashes = "", name = ""] = /'(?:-\w, )?(--?)([^'\s]*)/.exec(said) ?? [];
  const known: Readonly<Record<string, { readonly type: string }>> = OPTIONS;
  const option = dashes === "--" && Object.hasOwn(known, name) ? known[name] : undefined;
  if (option === undefined) return `there is no option ${dashes}${name}`;
  if (option.type === "boolean") return `--${name} takes no value`;
  return `--${name} takes a value, which begins with no dash`;
}

/** The output of a call; with a status where it is not 0. */
function run(argv: readonly string[], known: readonly Checked[] | null): string | Differs {
  let parsed: { values: Values; positionals: string[] };
  try {
    // a fragment may begin with a dash nowhere, so everything unknown is a mistake
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: OPTIONS,
    });
  } catch (error) {
    throw new Usage(optionMistake(String(error)));
  }
  const { values, positionals } = parsed;
  if (values.help) return USAGE;
  const [command, ...rest] = positionals;
  const asJson = values.json ?? false;
  const given = <K extends keyof Values>(names: readonly K[]) => names.find((name) => values[name] !== undefined);
  const shared = command === "check" ? ["scenario", "design"] : command === "statements" ? ["design"] : [];
  const ofRun = given((["scenario", "design", "option", "seed"] as const).filter((name) => !shared.includes(name)));
  if (ofRun !== undefined && command !== "run") throw new Usage(`--${ofRun} belongs to run`);
  const ofCheck = given(CHECK_FLAGS);
  if (ofCheck !== undefined && command !== "check") throw new Usage(`--${ofCheck} belongs to check`);
  if (values.diff && command !== "decode") throw new Usage("--diff belongs to decode");
  if (values.mutations && command !== "vectors") throw new Usage("--mutations belongs to vectors");
  if (values.with !== undefined && command !== "compare") throw new Usage("--with belongs to compare");
  if (command === "compare") {
    if (rest.length === 0) throw new Usage("compare takes a link");
    if (values.with === undefined) throw new Usage("compare takes --with, a design");
    return runCompare(rest.join("\n"), values.with, asJson);
  }
  if (command === "reproduce") {
    if (rest.length === 0) throw new Usage("reproduce takes a link");
    const found = reproduce(rest.join("\n"));
    return asJson ? json(found) : reproduceText(found);
  }
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
  if (command === "run") {
    const request = runRequest(values, rest);
    return asJson ? json(runJson(request)) : runText(request);
  }
  if (command === "capture") {
    const [file, ...more] = rest;
    if (file === undefined) throw new Usage("capture takes a file");
    if (more.length > 0) throw new Usage(`capture takes one file, not "${more[0]}" as well`);
    const found = capture(file);
    const text = asJson ? json(found) : captureText(found);
    return found.differences.length > 0 ? { text, status: 1 } : text;
  }
  if (command === "decode") {
    if (asJson) throw new Usage("decode has no --json");
    const [structure, ...words] = wordsOf(argv, positionals).slice(1);
    return runDecode(structure, words, values.diff ?? false);
  }
  if (command === "vectors") {
    const [directory, ...more] = rest;
    if (directory === undefined) throw new Usage("vectors takes a directory");
    if (more.length > 0) throw new Usage(`vectors takes one directory, not "${more[0]}" as well`);
    if (values.mutations) {
      const found = mutations(directory);
      const said = asJson ? json(found) : mutationsText(found);
      return found.caught < found.writers.length ? { text: said, status: 1 } : said;
    }
    const report = vectors(directory);
    const text = asJson ? json(report) : vectorsText(report);
    return report.failed > 0 ? { text, status: 1 } : text;
  }
  if (command === "stories") {
    const [id, ...more] = rest;
    if (more.length > 0) throw new Usage(`stories takes one id, not "${more[0]}" as well`);
    return asJson ? json(findStories(id)) : storiesText(id);
  }
  if (command === "statements") {
    const [procedure, ...more] = rest;
    if (procedure === undefined) throw new Usage("statements takes a procedure");
    if (more.length > 0) throw new Usage(`statements takes one procedure, not "${more[0]}" as well`);
    const found = statements(procedure, values.design ?? "linux-7.3");
    return asJson ? json(found) : statementsText(found);
  }
  if (rest.length > 0) throw new Usage(`${command} takes no argument "${rest[0]}"`);
  if (command === "check") return runCheck(values, asJson, known);
  if (command === "faults") {
    const found = sowAll();
    return asJson ? json(found) : faultsText(found);
  }
  if (command === "designs") return listDesigns(asJson);
  if (command === "scenarios") return listScenarios(asJson);
  if (command === "properties") return listProperties(asJson);
  if (command === "checks") return asJson ? json(checksJson()) : checksText();
  throw new Usage(command === undefined ? "a command is missing" : `there is no command "${command}"`);
}

/** What a call prints, and how it ends. */
export interface Answer {
  readonly status: 0 | 1 | 2;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Answers one call; `known` is what it would check, where that is known. Everything but an engine's own assertion comes
 * back as text and a status.
 */
export function answer(argv: readonly string[], known: readonly Checked[] | null = null): Answer {
  try {
    const said = run(argv, known);
    if (typeof said === "string") return { status: 0, stdout: `${said}\n`, stderr: "" };
    const { text, status, notes = [] } = said;
    return { status, stdout: `${text}\n`, stderr: notes.map((note) => `${note}\n`).join("") };
  } catch (error) {
    const refused = (status: 1 | 2, said: string): Answer => ({ status, stdout: "", stderr: `${said}\n` });
    if (error instanceof Usage) return refused(2, `smmu: ${error.message}.\n${HELP}`);
    if (error instanceof CheckError) return refused(2, error.message);
    if ([LinkError, CaptureError, ScenarioError, Refused].some((kind) => error instanceof kind))
      return refused(1, (error as Error).message);
    throw error;
  }
}

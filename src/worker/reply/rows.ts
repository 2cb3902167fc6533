/** The steps of a run as rows: calls indented by depth, what each step did, and what it returned. */
import { resultText } from "../../kernel/ops.ts";
import { errnoName } from "../../kernel/structs.ts";
import type { Play, StepRecord } from "../../scenarios/play.ts";
import { OP } from "../../sim/link.ts";
import type { ReplyLength } from "../protocol.ts";
import type { Row } from "./columns.ts";
import { Changes, type Effects } from "./effects.ts";
import { type Beat, type Frame, isLock, statementOf } from "./walk.ts";

/** A statement without its explanation: what it changed is said in its place, or beside it. One word alone says too little. */
const short = (text: string) => text.replace(/(; |, `?CFGI).*$/, "").replace(/^(\S+ .*?): .*$/, "$1");

class Writer {
  readonly rows: Row[] = [];
  readonly #play: Play;
  readonly #length: ReplyLength;
  /** Calls that have a row of their own, with how deep they are indented. */
  readonly #shown = new Map<Frame, number>();
  /** Index of the operation that each thread is at. */
  readonly #ops: number[] = [];

  constructor(play: Play, length: ReplyLength) {
    this.#play = play;
    this.#length = length;
  }

  /** Whether a call is worth a row: all in full; else what was asked for, and entries of the core. */
  #wanted(frame: Frame): boolean {
    // the row of a call through a pointer is its statement
    return !frame.callback && (this.#length === "every" || frame.parent === null || frame.takesMutex);
  }

  /** How deep what happens in a call is indented; the calls around it get their rows first. */
  #enter(thread: number, frame: Frame | null): number {
    if (frame === null) return 0;
    const depth = this.#enter(thread, frame.parent);
    const shown = this.#shown.get(frame);
    if (shown !== undefined) return shown + 1;
    if (!this.#wanted(frame)) return depth;
    this.#shown.set(frame, depth);
    this.#add(thread, depth, this.#name(frame));
    return depth + 1;
  }

  #name = (frame: Frame) => this.#play.model.table.procs[frame.proc]?.name ?? "?";

  #add(thread: number, indent: number, text: string, more: { hardware?: readonly string[]; step?: number } = {}): void {
    this.rows.push({ thread, indent, text, hardware: [], ...more });
  }

  /**
   * One step: its statement if it is `kept`, and what it returned to whoever asked for it, unless it is `before` the part
   * that is shown; then its calls are followed and nothing is said.
   */
  step(
    number: number,
    record: StepRecord,
    beats: readonly Beat[],
    effects: Effects,
    kept: boolean,
    before: boolean,
    broke: readonly string[],
  ): void {
    const { thread } = record;
    let failed = false;
    let said = false;
    for (const { frame, trace } of beats) {
      if (trace.kind === "call" && record.event.kind === "start" && frame.parent === null && kept) {
        this.#enter(thread, frame);
      } else if (trace.kind === "op" && trace.visible && kept && !said) {
        said = true;
        const indent = this.#enter(thread, frame);
        const hardware = [...effects.hardware, ...broke.map((id) => `<- ${id}`)];
        this.#add(thread, indent, this.#statement(record, effects), { hardware, step: number });
        if (frame.callback) this.#shown.set(frame, indent);
      } else if (trace.kind === "return") {
        const first = record.errno !== "" && trace.value < 0 && !failed && !this.#isVoid(frame);
        if (first) failed = true;
        if (!before && (kept || frame.parent === null)) this.#return(thread, frame, trace.value, first);
        if (frame.parent === null) this.#ops[thread] = (this.#ops[thread] ?? 0) + 1;
      }
    }
  }

  #isVoid = (frame: Frame) => this.#play.model.table.procs[frame.proc]?.isVoid ?? true;

  /** Returns are told where an errno comes from, and at the end of what the thread was asked to do. */
  #return(thread: number, frame: Frame, value: number, first: boolean): void {
    if (frame.parent === null) {
      const op = this.#play.ops[thread]?.[this.#ops[thread] ?? 0];
      const result = op === undefined ? "" : resultText(op, this.#play.model.world, value);
      const indent = this.#enter(thread, frame);
      this.#add(thread, indent, result === "" ? "return" : `return ${result}`);
    } else if (first) {
      const shown = this.#shown.get(frame);
      const indent = this.#enter(thread, frame);
      const name = shown === undefined && !this.#wanted(frame) ? `${this.#name(frame)}: ` : "return ";
      this.#add(thread, indent, name + errnoName(value));
    }
  }

  #statement(record: StepRecord, effects: Effects): string {
    const op = statementOf(this.#play, record);
    if (this.#length === "every" || record.warn !== "") return record.text;
    if (effects.kernel.length > 0) return effects.kernel.join(", ");
    // what was asked or read is told with its answer; what an SMMU takes is the command
    if (op?.how === "rests") return record.text;
    return effects.hardware.length > 0 || isLock(op) || op?.kind === OP.CHOOSE ? short(record.text) : record.text;
  }
}

/** Rows of the steps from `from` to as many as there are beats; steps that are not `kept` have none. */
export function rowsOf(
  play: Play,
  beats: readonly (readonly Beat[])[],
  kept: readonly boolean[],
  length: ReplyLength,
  from: number,
): readonly Row[] {
  const writer = new Writer(play, length);
  const changes = new Changes(play);
  const known = new Set(play.initial.violated.keys());
  play.records.slice(0, beats.length).forEach((record, i) => {
    const broke = [...record.verdict.violated.keys()].filter((id) => !known.has(id));
    for (const id of broke) known.add(id);
    const before = i + 1 < from;
    writer.step(i + 1, record, beats[i] ?? [], changes.next(i), !before && kept[i] === true, before, broke);
  });
  return writer.rows;
}

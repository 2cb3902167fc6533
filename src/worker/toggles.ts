/** What if a statement were not there, or stood elsewhere: what can be changed of a model, and the run of one that was. */
import { opTitle } from "../kernel/ops.ts";
import { fill } from "../kernel/words.ts";
import { makeModel, type Model, opOf, procsOf } from "../scenarios/build.ts";
import { encodeLink } from "../scenarios/link.ts";
import { Play } from "../scenarios/play.ts";
import { readToggle, type Toggle, toggleWord } from "../scenarios/toggles.ts";
import { transplant } from "../scenarios/transplant.ts";
import { leftOf, statementsOf, ToggleError } from "../sim/toggle.ts";
import type { Changeable, ChangeableView, ChangeChoice } from "./protocol.ts";

/** The operations of the world's own threads, as it was written. */
const written = ({ scenario, world }: Model) => scenario.threads.map(({ ops }) => ops.map((op) => opOf(op, world)));

/** What can be changed in a procedure, or with null among the operations. */
export function changeable(play: Play, proc: string | null): ChangeableView {
  const { model } = play;
  const groups = proc === null ? operationChoices(model) : [{ title: proc, things: statementChoices(model, proc) }];
  return { of: encodeLink(play).head, proc, groups };
}

/** What can be changed of each statement of a procedure, in the order of its listing. */
function statementChoices(model: Model, name: string): Changeable[] {
  const proc = procsOf(model.design, model.options)[name];
  if (proc === undefined) return [];
  const hows = new Map(statementsOf(proc).map((s) => [s.name, s]));
  const changes = model.toggles.flatMap((toggle) => ("proc" in toggle && toggle.proc === name ? [toggle] : []));
  return leftOf(proc, changes).map(({ name: at, is, previous, following }) => {
    const title = fill(model.world, hows.get(at)?.text ?? "", null);
    const present = changes.find((one) => one.at === at);
    const choices: ChangeChoice[] = [];
    const offer = (label: string, toggle: Toggle) => choices.push({ word: toggleWord(toggle), label, on: true });
    if (present !== undefined) choices.push({ word: toggleWord(present), label: "as it was written", on: false });
    if (is === "" || is === "moved") {
      if (is === "") {
        for (const how of hows.get(at)?.hows ?? [])
          offer(how === "drop" ? "without this line" : "its condition always true", { proc: name, how, at });
      }
      if (previous !== "") offer("one line up", { proc: name, how: "before", at, other: previous });
      if (following !== "") offer("one line down", { proc: name, how: "after", at, other: following });
    }
    return { title, is, choices };
  });
}

/** The same for the operations of each of the world's own threads, as they were written. */
function operationChoices(model: Model): ChangeableView["groups"] {
  return written(model).map((ops, thread) => ({
    title: `CPU${thread}`,
    things: ops.map((op, i): Changeable => {
      const of = model.toggles.filter(
        (t) => (t.how === "without" || t.how === "move") && t.thread === thread && t.op === i,
      );
      const [present] = of;
      const choices: ChangeChoice[] =
        present === undefined
          ? [{ word: toggleWord({ how: "without", thread, op: i }), label: "without it", on: true }]
          : [{ word: toggleWord(present), label: "as it was written", on: false }];
      if (present === undefined && i > 0)
        choices.push({ word: toggleWord({ how: "move", thread, op: i, to: i - 1 }), label: "earlier", on: true });
      if (present === undefined && i + 1 < ops.length)
        choices.push({ word: toggleWord({ how: "move", thread, op: i, to: i + 1 }), label: "later", on: true });
      const is = present === undefined ? "" : present.how === "without" ? "dropped" : "moved";
      return { title: opTitle(op, model.world), is, choices };
    }),
  }));
}

/** Two changes of one statement, or of one operation: the later one takes the place of the other. */
function sameSubject(a: Toggle, b: Toggle): boolean {
  if ("proc" in a) return "proc" in b && a.proc === b.proc && a.at === b.at;
  return !("proc" in b) && a.thread === b.thread && a.op === b.op;
}

/**
 * The same schedule with one more change, or one less, as far as it can be made; a run of other threads begins anew.
 * A string says in one sentence why there is none.
 */
export function toggled(play: Play, word: string, on: boolean): Play | string {
  const { scenario, design, options, toggles } = play.model;
  const toggle = readToggle(word);
  if (toggle === null) return `"${word.slice(0, 40)}" is no change.`;
  const others = toggles.filter((one) => toggleWord(one) !== word && !(on && sameSubject(one, toggle)));
  let model: Model;
  try {
    model = makeModel(scenario, design, options, on ? [...others, toggle] : others);
  } catch (error) {
    if (!(error instanceof ToggleError)) throw error;
    return `This cannot be changed: ${error.message}.`;
  }
  if (!("proc" in toggle)) return new Play(model);
  const { position } = play;
  const { play: again, pairs } = transplant(play, model);
  play.seek(position);
  const here = pairs.filter(({ a, b }) => b !== null && a !== null && a <= position).at(-1)?.b;
  again.seek(position === play.player.events.length ? again.player.events.length : (here ?? 0));
  return again;
}

/** What was changed by hand: how a listing shows it, and where it goes along. What can be changed is in `toggles.ts`. */
import { makeModel, type Model, procsOf } from "../scenarios/build.ts";
import { type Left, leftOf, ToggleError } from "../sim/toggle.ts";

/** What became of each statement of a procedure, in the order of its listing; null where nothing was changed in it. */
export function leftIn(model: Model, name: string): readonly Left[] | null {
  const changes = model.toggles.flatMap((toggle) => ("proc" in toggle && toggle.proc === name ? [toggle] : []));
  const proc = changes.length === 0 ? undefined : procsOf(model.design, model.options)[name];
  return proc === undefined ? null : leftOf(proc, changes);
}

/** A model with those changes of the design that another model has, and that fit it. */
export function keepChanges(from: Model, to: Model): Model {
  const { scenario, design, options } = to;
  let model = to;
  for (const toggle of from.toggles) {
    if (!("proc" in toggle)) continue;
    try {
      model = makeModel(scenario, design, options, [...model.toggles, toggle]);
    } catch (error) {
      if (!(error instanceof ToggleError)) throw error;
    }
  }
  return model;
}

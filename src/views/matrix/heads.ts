import type { Head, Heads } from "../../session/grid.ts";
import { pairInHand } from "../../session/select.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { count } from "./words.ts";

/** Everything that can be a row or a column: what the snapshot offers, and the design in hand where it is none of these. */
export function headsOf(
  snapshot: Pick<Snapshot, "scenarios" | "designs" | "properties" | "link" | "scenario" | "design">,
): Heads {
  const { scenario, design } = pairInHand(snapshot);
  const designs: Head[] = snapshot.designs.map(({ id, title }) => ({
    kind: "design",
    id: id.replaceAll(".", "_"),
    title: id,
    about: title,
  }));
  if (design !== "" && !designs.some(({ id }) => id === design)) {
    const changes = snapshot.design.toggles.length;
    const after = designs.findIndex(({ title }) => title === snapshot.design.id);
    const toggled = new Set(snapshot.design.toggles.map(({ id }) => id));
    const [, ...words] = design.split("--");
    const title = [
      snapshot.design.id,
      ...words.filter((word) => !toggled.has(word)).map((option) => option.replace("-", "=")),
      ...(changes > 0 ? [count(changes, "change")] : []),
    ].join(" ");
    designs.splice(after + 1, 0, { kind: "design", id: design, title, about: snapshot.design.title });
  }
  const scenarios: Head[] = snapshot.scenarios
    .filter(({ unitTest }) => !unitTest)
    .map(({ id, title }) => ({
      kind: "scenario",
      id,
      title: id,
      about: title,
    }));
  if (!scenarios.some(({ id }) => id === scenario)) {
    const { title } = snapshot.scenario;
    scenarios.unshift({ kind: "scenario", id: scenario, title, about: title });
  }
  return {
    scenarios,
    designs,
    properties: snapshot.properties.map(({ id, sentence }) => ({ kind: "property", id, title: id, about: sentence })),
  };
}

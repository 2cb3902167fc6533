import type { Selected } from "../../session/look.ts";
import type { Snapshot } from "../../worker/protocol.ts";
import { columnsFor } from "./columns.ts";
import type { Size } from "./columns.ts";
import { drawDomains, drawLoose, slotsFor } from "./domains.ts";
import { drawRails, drawTableEdges, railsOf } from "./edges.ts";
import { drawFolded, foldedGroups, withoutFolded } from "./fold.ts";
import { drawGroup } from "./group.ts";
import { Pen } from "./pen.ts";
import type { Picture } from "./picture.ts";
import type { Plan } from "./plan.ts";

/**
 * Where everything stands in the graph. From left to right: the group with its devices, the STE with the driver's box
 * below it, the CD table, the domains, and at the far right the rails on which the core's records run. Each device has
 * a block of its own and keeps it; each domain has a slot of its own as long as there are slots for all of them.
 */
export function layoutGraph(snapshot: Snapshot, selected: Selected | null, size: Size): Picture {
  const pen = new Pen();
  const edges = new Pen();
  const columns = columnsFor(snapshot, size);
  const folded = foldedGroups(snapshot, selected);
  const shown = withoutFolded(snapshot, folded);
  const whole: Plan = { pen, snapshot, selected, size, columns };
  const plan: Plan = { ...whole, snapshot: shown };

  let y = 12;
  const grouped = snapshot.groups.flatMap((group, i) => {
    const next = snapshot.groups[i + 1];
    if (folded.has(group.id)) {
      // lines stand close, a frame with its name on its edge does not
      y = drawFolded(whole, group, y) + (next && folded.has(next.id) ? 6 : 28);
      return [];
    }
    const drawn = drawGroup(plan, group, y);
    y = drawn.bottom + 28;
    return [[group.id, drawn] as const];
  });
  const blocks = grouped.flatMap(([, drawn]) => drawn.blocks);
  const starts = new Map(grouped.map(([id, drawn]) => [id, drawn.starts]));

  const rails = railsOf(shown);
  const slots = slotsFor(shown, blocks);
  drawTableEdges(edges, blocks, slots, columns);
  drawRails(edges, rails, slots, starts, columns);
  drawDomains(plan, slots);
  const width = columns.rail + Math.max(1, rails.length) * 8 + 4;
  const height = drawLoose(whole, slots, width, y - 8);

  // Edges first: whatever holds text clears its own paper above them.
  return {
    width,
    height,
    shapes: [...edges.shapes, ...pen.shapes],
    texts: [...pen.texts, ...edges.texts],
    things: pen.things,
  };
}

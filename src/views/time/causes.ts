import type { Snapshot, WhyView } from "../../worker/protocol.ts";
import { pitchFor } from "./threadLanes.ts";

/** More arrows than these cross each other. */
const most = 2;

/** Arrows from a write to the read that decided the present step: of other threads' writes only, the newest ones. */
export function causesOf(
  { threads, timeline }: Pick<Snapshot, "threads" | "timeline">,
  reads: WhyView["reads"],
  x: (step: number) => number,
): string[] {
  const { lane, middle } = pitchFor(threads.length);
  const place = (step: number, thread: number) => ({
    x: x(step),
    y: threads.findIndex(({ id }) => id === thread) * lane + middle,
  });
  const paths = reads
    .filter(({ by, read, thread }) => by > 0 && thread !== timeline.steps[read - 1]?.thread)
    .map(({ by, read, thread }) => {
      const from = place(by, thread);
      const to = place(read, timeline.steps[read - 1]?.thread ?? thread);
      const down = to.y > from.y ? 1 : -1;
      // it leaves and arrives upright, so that it crosses the lanes' texts and does not run along them
      const [y1, y2] = [from.y + down * 5, to.y - down * 6];
      const bend = (y1 + y2) / 2;
      const head = `M${to.x - 3} ${y2 - down * 5}L${to.x} ${y2}L${to.x + 3} ${y2 - down * 5}`;
      return `M${from.x} ${y1}C${from.x} ${bend} ${to.x} ${bend} ${to.x} ${y2}${head}`;
    });
  return [...new Set(paths)].slice(0, most);
}

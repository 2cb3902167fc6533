import { diverges } from "../../session/select.ts";
import type { RowView } from "../../worker/protocol.ts";

/** The two streams that stand side by side: the RID, and the one in focus or most in need beside it. */
export function columnsFor(rows: readonly RowView[], focus: RowView): RowView[] {
  const rid = rows.find(({ pasid }) => pasid === 0);
  if (!rid || rows.length === 1) return [focus];
  if (focus !== rid) return [rid, focus];
  const others = rows.filter((row) => row !== rid);
  return [rid, others.find(diverges) ?? others.find((row) => !row.agree) ?? others[0]];
}

import { Sideways } from "../../ui/Sideways.tsx";
import type { Snapshot } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import "./queue.css";

/** What was sent to SMMUs and what they recorded in the step at the position, each to be inspected. */
export default function Told({ snapshot: { timeline, position } }: { snapshot: Snapshot }) {
  const act = useActions();
  const rows = (["cmd", "event"] as const).flatMap((kind) =>
    (kind === "cmd" ? timeline.commands : timeline.events).flatMap((told, index) =>
      told.step === position ? [{ ...told, kind, index }] : [],
    ),
  );
  if (rows.length === 0) return null;
  return (
    <Sideways label="Commands and events of this step">
      <table className="cmdq">
        <caption>Commands and events of this step</caption>
        <tbody>
          {rows.map(({ kind, index, text, qwords }) => (
            <tr key={`${kind} ${index}`}>
              <th scope="row">
                <button
                  type="button"
                  aria-label={`inspect ${text}`}
                  onClick={() => act.inspectEntry({ kind, device: "", index })}
                >
                  {text}
                </button>
              </th>
              <td>{kind === "cmd" ? "sent" : "recorded"}</td>
              <td className="code">{qwords.join(" ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
}

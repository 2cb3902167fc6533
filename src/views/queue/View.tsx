import { Sideways } from "../../ui/Sideways.tsx";
import type { QueueView } from "../../worker/protocol.ts";
import { useActions } from "../context.ts";
import "./queue.css";

/** What lies in a queue of an SMMU between CONS and PROD, the next one first, as it is read and in words. */
export default function Queue({ queue: { id, kind, cons, prod, room, error, rows } }: { queue: QueueView }) {
  const act = useActions();
  const title = `${kind === "cmd" ? "Command" : "Event"} queue of ${id}`;
  return (
    <Sideways label={title}>
      <table className="cmdq">
        <caption>
          {title}{" "}
          <span className="quiet">
            CONS {cons}, PROD {prod}; {rows.length} of {room}
          </span>
          {error !== "" && <strong className="stopped"> {error}</strong>}
        </caption>
        {rows.length > 0 && (
          <>
            <thead>
              <tr>
                <th scope="col">number</th>
                <th scope="col">{kind === "cmd" ? "command" : "event"}</th>
                {rows[0].qwords.map((_q, i) => (
                  // oxlint-disable-next-line react/no-array-index-key -- a qword is known by its place
                  <th key={i} scope="col">
                    qword {i}
                  </th>
                ))}
                <th scope="col">waits for it</th>
                <th scope="col">decoded</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ number, name, text, qwords, waiter }) => (
                <tr key={number}>
                  <th scope="row">
                    <button
                      type="button"
                      aria-label={`inspect ${number === cons ? `${number}, next` : number}: ${name}`}
                      onClick={() => act.inspectEntry({ kind, device: id, index: number })}
                    >
                      {number === cons ? `${number}, next` : number}
                    </button>
                  </th>
                  <td className="code">{name}</td>
                  {qwords.map((q, i) => (
                    // oxlint-disable-next-line react/no-array-index-key -- a qword is known by its place
                    <td key={i} className="code">
                      {q}
                    </td>
                  ))}
                  <td>{waiter}</td>
                  <td>{text}</td>
                </tr>
              ))}
            </tbody>
          </>
        )}
      </table>
    </Sideways>
  );
}

import type { QueueView } from "../../worker/protocol.ts";
import "./queue.css";

/** The commands of an SMMU between CONS and PROD, the next one first, as it reads them and in words. */
export default function Queue({ queue: { id, cons, prod, room, error, commands } }: { queue: QueueView }) {
  return (
    <table className="cmdq">
      <caption>
        Command queue of {id}{" "}
        <span className="quiet">
          CONS {cons}, PROD {prod}; {commands.length} of {room}
        </span>
        {error !== "" && <strong className="stopped"> stands still: {error}</strong>}
      </caption>
      {commands.length > 0 && (
        <>
          <thead>
            <tr>
              <th scope="col">command</th>
              <th scope="col">qword 0</th>
              <th scope="col">qword 1</th>
              <th scope="col">decoded</th>
              <th scope="col">waits for it</th>
            </tr>
          </thead>
          <tbody>
            {commands.map(({ number, text, qwords, waiter }) => (
              <tr key={number}>
                <th scope="row">{number === cons ? `${number}, next` : number}</th>
                {qwords.map((q, i) => (
                  // oxlint-disable-next-line react/no-array-index-key -- a qword is known by its place
                  <td key={i} className="mono">
                    {q}
                  </td>
                ))}
                <td>{text}</td>
                <td>{waiter}</td>
              </tr>
            ))}
          </tbody>
        </>
      )}
    </table>
  );
}

import { Sideways } from "../../ui/Sideways.tsx";
import type { QueueView } from "../../worker/protocol.ts";
import "./queue.css";

/** The commands of an SMMU between CONS and PROD, the next one first, as it reads them and in words. */
export default function Queue({ queue: { id, cons, prod, room, error, commands } }: { queue: QueueView }) {
  return (
    <Sideways label={`Command queue of ${id}`}>
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
                <th scope="col">number</th>
                <th scope="col">command</th>
                <th scope="col">qword 0</th>
                <th scope="col">qword 1</th>
                <th scope="col">waits for it</th>
                <th scope="col">decoded</th>
              </tr>
            </thead>
            <tbody>
              {commands.map(({ number, name, text, qwords, waiter }) => (
                <tr key={number}>
                  <th scope="row">{number === cons ? `${number}, next` : number}</th>
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

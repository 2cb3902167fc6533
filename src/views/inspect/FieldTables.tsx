import { Glyph } from "../../ui/Glyph.tsx";
import { Sideways } from "../../ui/Sideways.tsx";
import type { InspectField, InspectView } from "../../worker/protocol.ts";
import { placeText, without } from "./words.ts";

interface Props {
  readonly view: InspectView;
  /** Whether the bits are shown by what the SMMU makes of them. */
  readonly uses: boolean;
  readonly hot: string;
  readonly onHot: (field: string) => void;
}

/** What the ruler shows, in words: each field with its bits, its value, what it was and what it means. */
export function FieldTables({ view, uses, hot, onHot }: Props) {
  const half = Math.ceil(view.fields.length / 2);
  const parts = view.fields.length > 12 ? [view.fields.slice(0, half), view.fields.slice(half)] : [view.fields];
  return (
    <>
      {uses && <Uses view={view} />}
      <div className="fields">
        {parts.map((fields, i) => (
          <Sideways key={i} label="The fields">
            <table>
              <caption className="unseen">{i === 0 ? "Fields" : "Fields, continued"}</caption>
              <thead>
                <tr>
                  <th scope="col">field</th>
                  <th scope="col">qword:bits</th>
                  <th scope="col">value</th>
                  <th scope="col">meaning</th>
                </tr>
              </thead>
              <tbody>
                {fields.map((field) => (
                  <Row key={field.name} field={field} hot={hot === field.name} onHot={onHot} />
                ))}
              </tbody>
            </table>
          </Sideways>
        ))}
      </div>
      <Unnamed view={view} />
    </>
  );
}

function Row({ field, hot, onHot }: { field: InspectField; hot: boolean; onHot: (field: string) => void }) {
  const { name, qword, hi, lo, value, was, used, about } = field;
  return (
    <tr
      className={[used ? "" : "un", hot ? "hot" : ""].join(" ").trim() || undefined}
      onMouseEnter={() => onHot(name)}
      onMouseLeave={() => onHot("")}
    >
      <th scope="row" className="m">
        {was !== undefined && <Glyph name="delta" label="differs" />} {name}
      </th>
      <td className="m">{placeText(qword, hi, lo)}</td>
      <td className="m">
        {was !== undefined && (
          <>
            <s>{was}</s>{" "}
          </>
        )}
        {was === undefined ? value : <b>{value}</b>}
      </td>
      <td>
        {!used && <span className="quiet">ignored. </span>}
        {about}
      </td>
    </tr>
  );
}

/** The masks by qword. What is named and not used is ignored; safe counts only in an update from what is compared. */
function Uses({ view }: { view: InspectView }) {
  const safe = view.update !== undefined;
  return (
    <Sideways label="Bits by use">
      <table className="uses">
        <caption>Bits by what the SMMU makes of them</caption>
        <thead>
          <tr>
            <th scope="col">qword</th>
            <th scope="col">value</th>
            <th scope="col">used</th>
            <th scope="col">set and ignored</th>
            {safe && <th scope="col">may differ for a moment</th>}
          </tr>
        </thead>
        <tbody>
          {view.qwords.map((word, i) => (
            <tr key={i}>
              <th scope="row">{i}</th>
              <td className="m">{word}</td>
              <td className="m">{view.used[i]}</td>
              <td className="m">{without(word, view.used[i])}</td>
              {safe && <td className="m">{view.safe[i]}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </Sideways>
  );
}

function Unnamed({ view }: { view: InspectView }) {
  const set = view.unnamed.flatMap((word, i) => (BigInt(word) === 0n ? [] : [`qword ${i}: ${word}`]));
  if (set.length === 0) return null;
  return (
    <p>
      Bits that no field names, <code>{set.join(", ")}</code>
    </p>
  );
}

import { useId } from "react";
import { plain } from "./Words.tsx";

interface Choice {
  readonly id: string;
  readonly title: string;
}

/** A labelled choice of one. The platform's own control: it works with every keyboard and screen reader. */
export function Pick(props: {
  label: string;
  /** More than the label says, for who cannot see the rest of the page. */
  about?: string;
  value: string;
  choices: readonly Choice[];
  onPick: (id: string) => void;
}) {
  const id = useId();
  return (
    <span className="pick">
      <label htmlFor={id}>{props.label}</label>
      <select
        id={id}
        className="sel"
        title={props.about}
        value={props.value}
        onChange={(event) => props.onPick(event.target.value)}
      >
        {props.choices.map((choice) => (
          <option key={choice.id} value={choice.id}>
            {plain(choice.title)}
          </option>
        ))}
      </select>
    </span>
  );
}

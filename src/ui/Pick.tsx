import { useId, useRef } from "react";
import { plain } from "./Words.tsx";

interface Choice {
  readonly id: string;
  readonly title: string;
  /** A heading over it and its like. */
  readonly topic?: string;
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
  const byPointer = useRef(false);
  const topics = [...new Set(props.choices.map(({ topic }) => topic))];
  return (
    <span className="pick">
      <label htmlFor={id}>{props.label}</label>
      <select
        id={id}
        className="sel"
        title={props.about}
        value={props.value}
        onPointerDown={() => {
          byPointer.current = true;
        }}
        onKeyDown={() => {
          byPointer.current = false;
        }}
        onChange={({ target }) => {
          props.onPick(target.value);
          // the platform's control takes letters and arrows for itself: who has pointed at a choice wants them for the page
          if (byPointer.current) target.blur();
        }}
      >
        {topics.map((topic) => {
          const options = props.choices
            .filter((choice) => choice.topic === topic)
            .map((choice) => (
              <option key={choice.id} value={choice.id}>
                {plain(choice.title)}
              </option>
            ));
          return topic === undefined ? (
            options
          ) : (
            <optgroup key={topic} label={topic}>
              {options}
            </optgroup>
          );
        })}
      </select>
    </span>
  );
}

import { useEffect } from "react";
import { Menu } from "../../ui/Menu.tsx";
import { useActions, useSelect } from "../context.ts";

/** What can be changed of one statement: drop it, move it, take it back; the schedule is then played and searched again. */
export default function LineMenu(props: { proc: string; statement: number; onClose: () => void }) {
  const { proc, statement, onClose } = props;
  const act = useActions();
  const of = useSelect(({ snapshot }) => snapshot?.link.head);
  const answer = useSelect(({ changeable }) => changeable);
  useEffect(() => act.readChangeable(proc), [act, proc, of]);
  if (answer === null || answer.proc !== proc || answer.of !== of) return null;
  const thing = answer.groups[0]?.things[statement];
  if (!thing) return null;
  const pick = (id: string) => {
    const choice = thing.choices.find(({ word }) => word === id);
    onClose();
    if (choice) act.change(choice.word, choice.on);
  };
  return (
    <Menu
      title={`What if: ${thing.title}`}
      items={thing.choices.map(({ word, label }) => ({ id: word, topic: "Check again", label, note: "" }))}
      empty={thing.is === "dropped" ? "It goes with its lock." : "It cannot be changed by itself."}
      onPick={pick}
      onClose={onClose}
    />
  );
}

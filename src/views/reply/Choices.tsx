import type { ReactNode } from "react";
import type { ReplyLength, ReplyOptions, ReplyView } from "../../worker/protocol.ts";

const lengths: readonly { readonly id: ReplyLength; readonly says: string }[] = [
  { id: "every", says: "every step" },
  { id: "shared", says: "what changed shared state" },
  { id: "matters", says: "what matters for the properties" },
];

/** What the reply shows, in four short lists. */
export function Choices(props: {
  options: ReplyOptions;
  reply: ReplyView | null;
  position: number;
  withLink: boolean;
  onOptions: (options: ReplyOptions) => void;
  onLink: (withLink: boolean) => void;
}) {
  const { options, reply, position, onOptions } = props;
  const change = (more: Partial<ReplyOptions>) => onOptions({ ...options, ...more });
  return (
    <div className="choices">
      <fieldset>
        <legend>Length</legend>
        {lengths.map(({ id, says }) => (
          <Choice key={id} says={says} aside={reply ? String(reply.counts[id]) : ""}>
            <input
              type="radio"
              name="reply-length"
              checked={options.length === id}
              onChange={() => change({ length: id })}
            />
          </Choice>
        ))}
      </fieldset>
      <Part options={options} position={position} onOptions={onOptions} />
      <fieldset>
        <legend>Columns</legend>
        {reply?.columns.map(({ thread, title, width }) => (
          <Choice key={thread} says={`CPU${thread}`} about={title} aside={width > 0 ? String(width) : ""}>
            <input
              type="checkbox"
              checked={!options.without.includes(thread)}
              onChange={(event) => {
                const others = options.without.filter((one) => one !== thread);
                change({ without: event.target.checked ? others : [...others, thread] });
              }}
            />
          </Choice>
        ))}
        <Tick
          says="HW"
          aside={reply && reply.hardware > 0 ? String(reply.hardware) : ""}
          on={options.hardware}
          onTick={(hardware) => change({ hardware })}
        />
        {reply?.shared && <p className="meta">Too many for columns of their own: each line names its CPU.</p>}
      </fieldset>
      <fieldset>
        <legend>With it</legend>
        <Tick says="locks" on={options.locks} onTick={(locks) => change({ locks })} />
        <Tick says="the property broken, and where" on={options.property} onTick={(property) => change({ property })} />
        <Tick says="the link, alone on the last line" on={props.withLink} onTick={props.onLink} />
        <Tick says="step numbers" on={options.numbers} onTick={(numbers) => change({ numbers })} />
      </fieldset>
    </div>
  );
}

/** The whole run up to here, or its last steps. */
function Part(props: { options: ReplyOptions; position: number; onOptions: (options: ReplyOptions) => void }) {
  const { options, position, onOptions } = props;
  const all = options.last === 0;
  return (
    <fieldset>
      <legend>Part of the run</legend>
      <Choice says={`from the start to step ${position}`}>
        <input type="radio" name="reply-part" checked={all} onChange={() => onOptions({ ...options, last: 0 })} />
      </Choice>
      <Choice
        says="the last"
        aside={
          <input
            type="number"
            aria-label="how many steps"
            min={1}
            max={Math.max(1, position)}
            value={all ? Math.min(20, Math.max(1, position)) : options.last}
            onChange={(event) => {
              const last = Math.trunc(event.target.valueAsNumber);
              if (last >= 1) onOptions({ ...options, last });
            }}
          />
        }
      >
        <input
          type="radio"
          name="reply-part"
          checked={!all}
          onChange={() => onOptions({ ...options, last: Math.min(20, Math.max(1, position)) })}
        />
      </Choice>
    </fieldset>
  );
}

function Tick(props: { says: string; aside?: string; on: boolean; onTick: (on: boolean) => void }) {
  return (
    <Choice says={props.says} aside={props.aside}>
      <input type="checkbox" checked={props.on} onChange={(event) => props.onTick(event.target.checked)} />
    </Choice>
  );
}

function Choice(props: { says: string; about?: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <div className="choice">
      <label title={props.about}>
        {props.children}
        <span>{props.says}</span>
      </label>
      <span className="aside">{props.aside}</span>
    </div>
  );
}

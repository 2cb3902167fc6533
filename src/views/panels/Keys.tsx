import { useActions, useSelect } from "../context.ts";
import { keysInWords } from "../keyWords.ts";

/** Every key, from the same table that obeys them. */
export default function Keys() {
  const act = useActions();
  const letters = useSelect((state) => state.letters);
  return (
    <div className="keys">
      <dl>
        {keysInWords.map(({ shown, does }) => (
          <div key={shown.join()}>
            <dt>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <label>
        <input type="checkbox" checked={letters} onChange={(event) => act.setLetters(event.target.checked)} /> single
        letters and digits are keys
      </label>
      <p className="quiet">
        A link pasted anywhere on the page opens the run it names. Browser Back takes back a step or an action.
      </p>
    </div>
  );
}

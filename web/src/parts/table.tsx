// Tables that are sorted by their heads, and lists as files.
import { csv } from "../csv";
import { useAction } from "../load";
import { useTexts } from "../preferences";
import { save } from "../save";
import { directionOf, turned } from "../sort";
import { Icon } from "./icon";
import { errorText } from "./small";

export function SortHead(props: { column: string; label: string; by: string; onSort: (by: string) => void; isNumber?: boolean; plain?: boolean; title?: string }) {
  const way = directionOf(props.by, props.column);
  return (
    <th scope="col" class={props.isNumber && !props.plain ? "number" : ""} aria-sort={way} {...(props.title ? { title: props.title } : {})}>
      <button type="button" class="sort-head" onClick={() => props.onSort(turned(props.by, props.column, props.isNumber ?? false))}>
        {props.label}
        <span class="sort-mark">{way !== "none" && <Icon name={way === "ascending" ? "up" : "down"} size={14} />}</span>
      </button>
    </th>
  );
}

type Rows = readonly (readonly (string | number)[])[];

export function CsvButton({ name, head, rows }: { name: string; head: readonly string[]; rows: () => Rows | Promise<Rows> }) {
  const t = useTexts();
  const action = useAction();
  const make = () => action.run(async () => save(name + ".csv", csv(head, await rows()), "text/csv;charset=utf-8"));
  return (
    <>
      <button type="button" class="button button-small" disabled={action.busy} title={t.csv.help} onClick={() => void make()}>
        <Icon name="down" size={16} /> {action.busy ? t.csv.busy : t.csv.get}
      </button>
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
    </>
  );
}

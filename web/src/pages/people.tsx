// Who fetches mail here, and how they are told.
import { useMemo, useState } from "preact/hooks";
import * as api from "../api";
import { csvTime, zoneName } from "../csv";
import { since } from "../days";
import { formatNumber } from "../format";
import { replace, useRoute } from "../location";
import { usePaged } from "../paged";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { sorted, type Columns } from "../sort";
import { useAction } from "../load";
import { say } from "../told";
import { methods, occasions, type Method, type Occasion, type Person } from "../types";
import { visible } from "../visible";
import { Icon } from "../parts/icon";
import { Invite } from "../parts/invite";
import { CsvButton, SortHead } from "../parts/table";
import { Account, Ago, Count, Empty, errorText, Failure, Heading, More, Skeleton } from "../parts/small";

function Methods({ p }: { p: Person }) {
  const t = useTexts();
  if (p.choice.methods.length === 0) return <span class="quiet">{t.people.none}</span>;
  return (
    <ul class="stack tight ways-told">
      {methods.filter((m) => p.choice.methods.includes(m)).map((m) => <li key={m} title={t.wayHelp[m]}><Icon name={m} size={16} /> {t.way[m]}</li>)}
    </ul>
  );
}

/** What the administrator chooses for somebody counts as the user's own choice. */
function ChooseFor({ p, allowed, onSaved, onClose }: { p: Person; allowed: readonly Method[]; onSaved: () => void; onClose: () => void }) {
  const t = useTexts();
  const action = useAction();
  const [picked, setPicked] = useState<readonly Method[]>(p.choice.methods);
  const [when, setWhen] = useState<Occasion>(p.choice.when);
  const flip = (m: Method) => setPicked(methods.filter((o) => (o === m ? !picked.includes(m) : picked.includes(o))));
  const save = (e: Event) => {
    e.preventDefault();
    void action.run(() => api.chooseFor(p.account, picked.filter((m) => allowed.includes(m)), when)).then((ok) => {
      if (!ok) return;
      say(t.people.saved);
      onSaved();
    });
  };
  return (
    <form class="stack choose-for" onSubmit={save} aria-label={t.people.chooseFor(visible(p.account))}>
      <p class="smaller">{p.chosen ? t.people.chooseOwn : t.people.chooseFirst}</p>
      <fieldset class="row">
        <legend class="smaller">{t.people.methods}</legend>
        {methods.map((m) => (
          <label key={m} class="check" title={t.wayHelp[m]}>
            <input type="checkbox" checked={allowed.includes(m) && picked.includes(m)} disabled={!allowed.includes(m)} onChange={() => flip(m)} /> {t.way[m]}
          </label>
        ))}
      </fieldset>
      <label class="field">
        <span>{t.people.when}</span>
        <select value={when} onChange={(e) => setWhen(occasions.find((o) => o === e.currentTarget.value) ?? when)}>
          {occasions.map((o) => <option key={o} value={o}>{t.occasion[o]}</option>)}
        </select>
      </label>
      {allowed.length < methods.length && <p class="hint">{t.people.notAllowed}</p>}
      {action.error ? <p class="form-error" role="alert">{errorText(action.error, t)}</p> : null}
      <div class="row">
        <button class="button button-primary button-small" disabled={action.busy}>{t.people.choose}</button>
        <button type="button" class="button button-small" onClick={onClose}>{t.confirm.no}</button>
      </div>
    </form>
  );
}

function SetUpOf({ p }: { p: Person }) {
  const t = useTexts();
  return (
    <span class="stack tight">
      <span>{p.addon_seen ? <>{t.people.addonSeen} <Ago at={p.addon_seen} /></> : <span class="quiet">{t.people.noAddon}</span>}</span>
      <small>{p.knows_word ? t.people.knowsWord : t.people.noWord}</small>
    </span>
  );
}

const columns: Columns<Person> = {
  account: (p) => p.account, mails: (p) => p.mails, forged: (p) => p.forged, warned: (p) => p.warned, addon: (p) => p.addon_seen, last: (p) => p.last,
};

export function PeoplePage() {
  const t = useTexts();
  const lang = useLanguage();
  const { query } = useRoute();
  const by = query.sort ?? "";
  const onSort = (sort: string) => replace(["people"], { sort });
  const [allowed, setAllowed] = useState<readonly Method[]>(methods);
  const [open, setOpen] = useState("");
  const list = usePaged("people", by !== "", (offset, signal) => api.getPeople(offset, by ? 200 : 50, signal).then((p) => {
    setAllowed(p.allowed);
    return { rows: p.people, next: p.next };
  }));
  const rows = useMemo(() => sorted(list.rows ?? [], columns, by, lang), [list.rows, by, lang]);
  const from = since(30);
  const file = () => rows.map((p) => [
    p.account, p.mails, p.forged, p.warned, p.choice.methods.map((m) => t.way[m]).join(t.listSeparator), t.occasion[p.choice.when], p.addon_seen ? csvTime(p.addon_seen) : "", p.last ? csvTime(p.last) : "",
  ]);
  return (
    <>
      <Heading title={t.people.title}>
        {rows.length > 0 && (
          <div class="row">
            <p class="hint">{t.table.rows(formatNumber(rows.length, lang), list.next !== null)}</p>
            <CsvButton name="mekiki-people" rows={file} head={[
              t.people.account, t.people.mails, t.people.forged, t.people.warned, t.people.methods, t.people.when, `${t.people.addonSeen} (${zoneName()})`, `${t.people.last} (${zoneName()})`,
            ]} />
          </div>
        )}
      </Heading>
      <p class="lead">{t.people.intro}</p>
      {list.error ? <Failure error={list.error} again={list.again} /> : null}
      {list.rows === null ? (list.busy ? <Skeleton lines={8} tall /> : null)
        : list.rows.length === 0 ? <Empty icon="people" title={t.people.empty}>{t.people.emptyText}</Empty>
        : (
          <section class="card card-flush">
            <table class="table cards table-links">
              <caption class="sr">{t.people.list}</caption>
              <thead>
                <tr>
                  <SortHead column="account" label={t.people.account} by={by} onSort={onSort} />
                  <SortHead column="mails" label={t.people.mails} by={by} onSort={onSort} isNumber />
                  <SortHead column="forged" label={t.people.forged} by={by} onSort={onSort} isNumber />
                  <SortHead column="warned" label={t.people.warned} by={by} onSort={onSort} isNumber />
                  <th scope="col">{t.people.methods}</th>
                  <th scope="col">{t.people.when}</th>
                  <SortHead column="addon" label={t.people.setUp} by={by} onSort={onSort} isNumber plain />
                  <SortHead column="last" label={t.people.last} by={by} onSort={onSort} isNumber plain />
                </tr>
              </thead>
              <tbody>
                {rows.map((p) => (
                  <tr key={p.account}>
                    <th scope="row">
                      <a href={href(["mails"], { account: p.account, from })} title={t.people.seeMails(visible(p.account))}><Account name={p.account} /></a>
                      {p.over_budget && <span class="badge tone-altered" title={t.people.overBudgetHelp}><Icon name="warn" size={16} /> {t.people.overBudget}</span>}
                    </th>
                    <td class="number" data-label={t.people.mails}><Count n={p.mails} /></td>
                    <td class={`number${p.forged ? " is-forged" : ""}`} data-label={t.people.forged}>
                      {p.forged ? <a href={href(["mails"], { verdict: "forged", account: p.account, from })}><Count n={p.forged} /></a> : <Count n={0} />}
                    </td>
                    <td class="number" data-label={t.people.warned}><Count n={p.warned} /></td>
                    <td data-label={t.people.methods}>
                      <div><Methods p={p} /></div>
                      <small>{p.chosen ? t.people.chosen : t.people.standard}</small>
                      {open === p.account
                        ? <ChooseFor p={p} allowed={allowed} onSaved={() => { setOpen(""); list.again(); }} onClose={() => setOpen("")} />
                        : <button type="button" class="button button-quiet button-small change" onClick={() => setOpen(p.account)}>{t.people.change}<span class="sr"> {visible(p.account)}</span></button>}
                    </td>
                    <td data-label={t.people.when}>{t.occasion[p.choice.when]}</td>
                    <td data-label={t.people.setUp}><SetUpOf p={p} /></td>
                    <td data-label={t.people.last}>{p.last ? <Ago at={p.last} /> : t.time.never}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      <Invite />
      {list.next !== null && <More busy={list.busy} label={t.people.more} onMore={list.more} />}
    </>
  );
}

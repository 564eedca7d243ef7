// Who fetches mail here, and how they are told.
import { useMemo } from "preact/hooks";
import * as api from "../api";
import { csvTime, zoneName } from "../csv";
import { since } from "../days";
import { formatNumber } from "../format";
import { replace, useRoute } from "../location";
import { usePaged } from "../paged";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { sorted, type Columns } from "../sort";
import { methods, type Person } from "../types";
import { visible } from "../visible";
import { Icon } from "../parts/icon";
import { Invite } from "../parts/invite";
import { CsvButton, SortHead } from "../parts/table";
import { Account, Ago, Count, Empty, Failure, Heading, More, Skeleton } from "../parts/small";

function Methods({ p }: { p: Person }) {
  const t = useTexts();
  if (p.choice.methods.length === 0) return <span class="quiet">{t.people.none}</span>;
  return (
    <span class="letters">
      {methods.map((m) => {
        const on = p.choice.methods.includes(m);
        return (
          <span key={m} class={on ? "letter letter-on" : "letter quiet"} title={`${m}${t.colon}${t.way[m]}`} aria-hidden={!on}>
            {m}
            {on && <span class="sr"> {t.way[m]}</span>}
          </span>
        );
      })}
    </span>
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
  const list = usePaged("people", by !== "", (offset, signal) => api.getPeople(offset, by ? 200 : 50, signal).then((p) => ({ rows: p.people, next: p.next })));
  const rows = useMemo(() => sorted(list.rows ?? [], columns, by, lang), [list.rows, by, lang]);
  const from = since(30);
  const file = () => rows.map((p) => [
    p.account, p.mails, p.forged, p.warned, p.choice.methods.join(" "), t.occasion[p.choice.when], p.addon_seen ? csvTime(p.addon_seen) : "", p.last ? csvTime(p.last) : "",
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
                    <td data-label={t.people.methods}><Methods p={p} /> <small>{p.chosen ? t.people.chosen : t.people.standard}</small></td>
                    <td data-label={t.people.when}>{t.occasion[p.choice.when]}</td>
                    <td data-label={t.people.setUp}><SetUpOf p={p} /></td>
                    <td data-label={t.people.last}>{p.last ? <Ago at={p.last} /> : t.time.never}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      <p class="hint">{methods.map((m) => `${m}${t.colon}${t.way[m]}`).join(t.listSeparator)}</p>
      <Invite />
      {list.next !== null && <More busy={list.busy} label={t.people.more} onMore={list.more} />}
    </>
  );
}

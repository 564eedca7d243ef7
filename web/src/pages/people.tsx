// Who fetches mail here, and how they are told.
import * as api from "../api";
import { usePaged } from "../paged";
import { useTexts } from "../preferences";
import { href } from "../route";
import { methods, type Person } from "../types";
import { visible } from "../visible";
import { Icon } from "../parts/icon";
import { Invite } from "../parts/invite";
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

export function PeoplePage() {
  const t = useTexts();
  const list = usePaged("people", (offset, signal) => api.getPeople(offset, signal).then((p) => ({ rows: p.people, next: p.next })));
  return (
    <>
      <Heading title={t.people.title} />
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
                  <th scope="col">{t.people.account}</th>
                  <th scope="col" class="number">{t.people.mails}</th>
                  <th scope="col" class="number">{t.people.forged}</th>
                  <th scope="col" class="number">{t.people.warned}</th>
                  <th scope="col">{t.people.methods}</th>
                  <th scope="col">{t.people.when}</th>
                  <th scope="col">{t.people.setUp}</th>
                  <th scope="col">{t.people.last}</th>
                </tr>
              </thead>
              <tbody>
                {list.rows.map((p) => (
                  <tr key={p.account}>
                    <th scope="row">
                      <a href={href(["mails"], { account: p.account })} title={t.people.seeMails(visible(p.account))}><Account name={p.account} /></a>
                      {p.over_budget && <span class="badge tone-altered" title={t.people.overBudgetHelp}><Icon name="warn" size={16} /> {t.people.overBudget}</span>}
                    </th>
                    <td class="number" data-label={t.people.mails}><Count n={p.mails} /></td>
                    <td class={`number${p.forged ? " is-forged" : ""}`} data-label={t.people.forged}><Count n={p.forged} /></td>
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
      <Invite />
      {list.next !== null && <More busy={list.busy} label={t.people.more} onMore={list.more} />}
    </>
  );
}

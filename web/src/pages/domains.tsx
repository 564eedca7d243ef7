// Author domains, and beside them the rules.
import { useMemo } from "preact/hooks";
import * as api from "../api";
import { csvTime, zoneName } from "../csv";
import { useLoad } from "../load";
import { replace, useRoute } from "../location";
import { usePaged } from "../paged";
import { formatNumber } from "../format";
import { useLanguage, useTexts } from "../preferences";
import { href } from "../route";
import { sorted, type Columns } from "../sort";
import type { DomainRow } from "../types";
import { RuleForm, RuleTable } from "../parts/rules";
import { CsvButton, SortHead } from "../parts/table";
import { Ago, Count, Empty, Failure, Foreign, Heading, More, SearchBox, Skeleton, Switch } from "../parts/small";

function Tabs({ at }: { at: "domains" | "rules" }) {
  const t = useTexts();
  return (
    <nav class="tabs" aria-label={t.domains.tabs}>
      <a class="quiet" href={href(["domains"])} aria-current={at === "domains" ? "page" : undefined}>{t.domains.tabList}</a>
      <a class="quiet" href={href(["rules"])} aria-current={at === "rules" ? "page" : undefined}>{t.domains.tabRules}</a>
    </nav>
  );
}

const columns: Columns<DomainRow> = { domain: (d) => d.domain, mails: (d) => d.mails, known: (d) => d.known_by, last: (d) => d.last };

export function DomainsPage() {
  const t = useTexts();
  const lang = useLanguage();
  const { query } = useRoute();
  const search = query.search ?? "";
  const known = query.known === "1";
  const by = query.sort ?? "";
  const within = { search, known: known ? "1" : "", sort: by };
  const show = (part: Partial<typeof within>) => replace(["domains"], { ...within, ...part });
  const onSort = (sort: string) => show({ sort });
  const list = usePaged(`${known} ${search}`, by !== "", (offset, signal) =>
    api.getDomains(search.trim(), known, offset, by ? 200 : 50, signal).then((p) => ({ rows: p.domains, next: p.next })));
  const rows = useMemo(() => sorted(list.rows ?? [], columns, by, lang), [list.rows, by, lang]);
  const file = () => rows.map((d) => [d.domain, d.mails, d.known_by, d.seen_by, csvTime(d.last)]);
  return (
    <>
      <Heading title={t.domains.title}>
        {rows.length > 0 && (
          <div class="row">
            <p class="hint">{t.table.rows(formatNumber(rows.length, lang), list.next !== null)}</p>
            <CsvButton name="mekiki-domains" rows={file} head={[t.domains.domain, t.domains.mails, t.domains.known, t.domains.seenBy, `${t.domains.last} (${zoneName()})`]} />
          </div>
        )}
      </Heading>
      <Tabs at="domains" />
      <div class="row" role="search">
        <SearchBox label={t.domains.search} value={search} onInput={(text) => show({ search: text })} />
        <Switch label={t.domains.onlyKnown} on={known} onFlip={(on) => show({ known: on ? "1" : "" })} />
      </div>
      {list.error ? <Failure error={list.error} again={list.again} /> : null}
      {list.rows === null ? (list.busy ? <Skeleton lines={10} tall /> : null)
        : list.rows.length === 0 ? (
          <Empty icon="domains" title={search || known ? t.domains.emptySearch : t.domains.empty}>{search || known ? null : t.domains.emptyText}</Empty>
        ) : (
          <section class="card card-flush" aria-busy={list.busy}>
            <table class="table cards table-links">
              <caption class="sr">{t.domains.list}</caption>
              <thead>
                <tr>
                  <SortHead column="domain" label={t.domains.domain} by={by} onSort={onSort} />
                  <SortHead column="mails" label={t.domains.mails} by={by} onSort={onSort} isNumber />
                  <SortHead column="known" label={t.domains.known} title={t.domains.knownHelp} by={by} onSort={onSort} isNumber plain />
                  <SortHead column="last" label={t.domains.last} by={by} onSort={onSort} isNumber plain />
                </tr>
              </thead>
              <tbody>
                {rows.map((d) => (
                  <tr key={d.domain}>
                    <th scope="row"><a href={href(["domain", d.domain], within)}><Foreign text={d.domain} /></a></th>
                    <td class="number" data-label={t.domains.mails}><Count n={d.mails} /></td>
                    <td data-label={t.domains.known}>
                      <span class="track meter" aria-hidden="true"><i class="tone-genuine" style={{ width: `${d.seen_by ? (100 * d.known_by) / d.seen_by : 0}%` }} /></span>
                      {t.domains.knownOf(formatNumber(d.known_by, lang), formatNumber(d.seen_by, lang))}
                    </td>
                    <td data-label={t.domains.last}><Ago at={d.last} /></td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
      {by !== "" && list.next !== null && <p class="hint">{t.table.sortedAmong(formatNumber(rows.length, lang))}</p>}
      {list.next !== null && <More busy={list.busy} label={t.domains.more} onMore={list.more} />}
    </>
  );
}

export function RulesPage({ admin, account }: { admin: boolean; account: string }) {
  const t = useTexts();
  const seen = useLoad("rules", api.getRules);
  const rules = seen.data?.rules;
  return (
    <>
      <Heading title={t.rules.title} />
      <Tabs at="rules" />
      <p class="lead">{t.rules.intro}</p>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!rules ? (seen.busy ? <Skeleton lines={5} tall /> : null)
        : rules.length === 0 ? <Empty icon="genuine" title={t.rules.none}>{t.rules.noneText}</Empty>
        : (
          <section class="card card-flush">
            <h2 class="sr">{t.rules.list}</h2>
            <RuleTable rules={rules} mine={admin ? null : account} onGone={seen.again} />
          </section>
        )}
      <section class="card" aria-labelledby="add-rule">
        <h2 id="add-rule">{t.rules.add}</h2>
        <RuleForm admin={admin} account={account} onMade={seen.again} />
      </section>
    </>
  );
}

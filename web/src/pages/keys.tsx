// Public keys as the DNS gave them, with their changes.
import * as api from "../api";
import { formatDate } from "../format";
import { replace, useRoute } from "../location";
import { usePaged } from "../paged";
import { useLanguage, useTexts } from "../preferences";
import type { Key } from "../types";
import { Icon } from "../parts/icon";
import { Timeline } from "../parts/strip";
import { Empty, Failure, Foreign, Heading, More, SearchBox, Skeleton } from "../parts/small";

function OneKey({ k }: { k: Key }) {
  const t = useTexts();
  const lang = useLanguage();
  const last = k.records[k.records.length - 1];
  const mark = k.name.indexOf("._domainkey.");
  return (
    <li class="card">
      <div class="row between">
        <h2>
          {mark > 0 ? <><Foreign text={k.name.slice(mark + 12)} /> <small><Foreign text={k.name.slice(0, mark)} /></small></> : <Foreign text={k.name} />}
        </h2>
        <span class="row tight">
          {last?.revoked && <span class="badge tone-forged"><Icon name="forged" size={16} /> {t.keys.revoked}</span>}
          {k.records.some((r) => r.authentic) && <span class="badge tone-genuine" title={t.keys.dnssecHelp}><Icon name="genuine" size={16} /> {t.keys.dnssec}</span>}
        </span>
      </div>
      <Timeline records={k.records} />
      <ol class="stack tight smaller key-records">
        {k.records.map((r, i) => (
          <li key={i}>
            {(i > 0 || r.revoked) && (
              <strong class={`result tone-${r.revoked ? "forged" : "altered"}`}>
                <Icon name={r.revoked ? "forged" : "altered"} size={16} /> {(r.revoked ? t.keys.revokedOn : t.keys.changed)(formatDate(r.first, lang))}
              </strong>
            )}
            <details>
              <summary>{t.keys.seen(formatDate(r.first, lang), formatDate(r.last, lang))}</summary>
              <pre class="text text-wrap" tabIndex={0} lang="en"><Foreign text={r.text} /></pre>
            </details>
          </li>
        ))}
      </ol>
    </li>
  );
}

export function KeysPage() {
  const t = useTexts();
  const { query } = useRoute();
  const search = query.search ?? "";
  const list = usePaged(search, false, (offset, signal) => api.getKeys(search.trim(), offset, signal).then((p) => ({ rows: p.keys, next: p.next })));
  return (
    <>
      <Heading title={t.keys.title} />
      <p class="lead">{t.keys.intro}</p>
      <div class="row" role="search">
        <SearchBox label={t.keys.search} value={search} onInput={(text) => replace(["keys"], { search: text })} />
      </div>
      {list.error ? <Failure error={list.error} again={list.again} /> : null}
      {list.rows === null ? (list.busy ? <Skeleton lines={8} tall /> : null)
        : list.rows.length === 0 ? <Empty icon="keys" title={search ? t.keys.emptySearch : t.keys.empty}>{search ? null : t.keys.emptyText}</Empty>
        : <ul class="stack" aria-busy={list.busy} aria-label={t.keys.list}>{list.rows.map((k) => <OneKey key={k.name} k={k} />)}</ul>}
      {list.next !== null && <More busy={list.busy} label={t.keys.more} onMore={list.more} />}
    </>
  );
}

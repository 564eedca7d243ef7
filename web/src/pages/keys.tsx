// Public keys as the DNS gave them: what changed on top, then all of them.
import * as api from "../api";
import { formatDate, formatNumber } from "../format";
import { useLoad } from "../load";
import { replace, useRoute } from "../location";
import { usePaged } from "../paged";
import { useLanguage, useTexts } from "../preferences";
import type { Key, KeyRecord } from "../types";
import { Icon } from "../parts/icon";
import { Timeline } from "../parts/strip";
import { DateOf, Empty, Failure, Foreign, Heading, More, SearchBox, Skeleton } from "../parts/small";

const changedWithin = 7; // days

/** "s2026._domainkey.example.jp" */
function KeyName({ name }: { name: string }) {
  const mark = name.indexOf("._domainkey.");
  return mark > 0 ? <><Foreign text={name.slice(mark + 12)} /> <small><Foreign text={name.slice(0, mark)} /></small></> : <Foreign text={name} />;
}

const lastOf = (k: Key): KeyRecord | undefined => k.records[k.records.length - 1];

function State({ k }: { k: Key }) {
  const t = useTexts();
  return (
    <span class="row tight">
      {lastOf(k)?.revoked && <span class="badge tone-forged"><Icon name="forged" size={16} /> {t.keys.revoked}</span>}
      {k.records.some((r) => r.authentic) && <span class="badge tone-genuine" title={t.keys.dnssecHelp}><Icon name="genuine" size={16} /> {t.keys.dnssec}</span>}
    </span>
  );
}

function Records({ k }: { k: Key }) {
  const t = useTexts();
  const lang = useLanguage();
  return (
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
  );
}

/** A key that changed is worth a look: the sender did something, or somebody else did. */
function Changed({ search }: { search: string }) {
  const t = useTexts();
  const lang = useLanguage();
  const seen = useLoad(`changed ${search}`, (signal) => api.getChangedKeys(changedWithin, search, signal));
  const keys = seen.data?.keys ?? [];
  return (
    <section class="card" aria-labelledby="changed">
      <h2 id="changed">{keys.length > 0 ? t.keys.changedLately(formatNumber(keys.length, lang), keys.length === 1) : t.keys.changedTitle}</h2>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : !seen.data ? <Skeleton lines={2} /> : keys.length === 0 ? <p class="quiet">{t.keys.noneChanged}</p> : (
        <>
          <p class="hint">{t.keys.changedHelp}</p>
          <ul class="stack">
            {keys.map((k) => (
              <li key={k.name} class="stack tight">
                <div class="row between"><h3><KeyName name={k.name} /></h3><State k={k} /></div>
                <Timeline records={k.records} />
                <Records k={k} />
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function KeyRow({ k }: { k: Key }) {
  const t = useTexts();
  const last = lastOf(k);
  return (
    <tr>
      <th scope="row"><KeyName name={k.name} /></th>
      <td data-label={t.keys.state}><State k={k} /></td>
      <td class="number" data-label={t.keys.first}>{k.records[0] && <DateOf at={k.records[0].first} />}</td>
      <td class="number" data-label={t.keys.last}>{last && <DateOf at={last.last} />}</td>
      <td data-label={t.keys.record}>
        <details>
          <summary>{k.records.length > 1 ? t.keys.records(k.records.length) : t.keys.show}</summary>
          <Records k={k} />
        </details>
      </td>
    </tr>
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
        : (
          <>
            <Changed search={search.trim()} />
            <section class="card card-flush">
              <table class="table cards" aria-busy={list.busy}>
                <caption class="sr">{t.keys.list}</caption>
                <thead>
                  <tr>
                    <th scope="col">{t.keys.key}</th>
                    <th scope="col">{t.keys.state}</th>
                    <th scope="col" class="number">{t.keys.first}</th>
                    <th scope="col" class="number">{t.keys.last}</th>
                    <th scope="col">{t.keys.record}</th>
                  </tr>
                </thead>
                <tbody>{list.rows.map((k) => <KeyRow key={k.name} k={k} />)}</tbody>
              </table>
            </section>
          </>
        )}
      {list.next !== null && <More busy={list.busy} label={t.keys.more} onMore={list.more} />}
    </>
  );
}

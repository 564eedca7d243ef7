// What is in force, and where it was said.
import * as api from "../api";
import { useLoad } from "../load";
import { replace, useRoute } from "../location";
import { useLanguage, useTexts } from "../preferences";
import { asToml, differs, sectionsOf } from "../settings";
import type { Setting } from "../types";
import { Icon } from "../parts/icon";
import { Copy, Empty, Failure, Foreign, Heading, SearchBox, Skeleton, TimeOf } from "../parts/small";

function OneSetting({ s, file }: { s: Setting; file: string | null }) {
  const t = useTexts();
  return (
    <li class={differs(s) ? "stack tight setting setting-changed" : "stack tight setting"}>
      <div class="row">
        <h3><code>{s.name}</code></h3>
        {differs(s) && <span class="badge tone-new"><Icon name="altered" size={16} /> {t.settings.changed}</span>}
        {s.line !== null && <small>{t.settings.line(s.line, file?.split("/").pop() ?? "")}</small>}
      </div>
      <p class="setting-value"><span class="sr">{t.settings.value + t.colon}</span><code>{s.value}</code></p>
      {s.tables && <pre class="text" tabIndex={0} lang="en">{s.tables}</pre>}
      {differs(s) && <p class="hint">{t.settings.default}{t.colon}<code>{s.default}</code></p>}
      <p>{s.help}</p>
      <p class="hint">{s.type}</p>
    </li>
  );
}

function Deeds() {
  const t = useTexts();
  const seen = useLoad("deeds", (signal) => api.getDeeds(signal));
  const deeds = seen.data?.deeds ?? [];
  return (
    <section class="card" aria-labelledby="deeds">
      <h2 id="deeds">{t.deeds.title}</h2>
      <p class="hint">{t.deeds.intro}</p>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : deeds.length === 0 ? <p class="quiet">{t.deeds.none}</p> : (
        <details>
          <summary>{t.deeds.show(deeds.length)}</summary>
          <table class="table cards">
            <caption class="sr">{t.deeds.title}</caption>
            <thead>
              <tr><th scope="col">{t.deeds.at}</th><th scope="col">{t.deeds.who}</th><th scope="col">{t.deeds.what}</th></tr>
            </thead>
            <tbody>
              {deeds.map((d, i) => (
                <tr key={i}>
                  <td data-label={t.deeds.at}><TimeOf at={d.at} /></td>
                  <td data-label={t.deeds.who}>{d.who ? <Foreign text={d.who} /> : t.deeds.noName} <small><Foreign text={d.from} /></small></td>
                  <td data-label={t.deeds.what}>{t.deeds.deed[d.what] ?? d.what} {d.details !== "{}" && <code class="smaller"><Foreign text={d.details} /></code>}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </section>
  );
}

export function SettingsPage() {
  const t = useTexts();
  const lang = useLanguage();
  const { query } = useRoute();
  const search = query.search ?? "";
  const seen = useLoad(`settings ${lang}`, (signal) => api.getSettings(lang, signal));
  const wanted = search.trim().toLowerCase();
  const fit = seen.data?.settings.filter((s) => !wanted || `${s.name} ${s.help} ${s.value}`.toLowerCase().includes(wanted)) ?? [];
  const changed = fit.filter(differs);
  const sections = sectionsOf(fit);
  const file = seen.data?.file ?? null;
  return (
    <>
      <Heading title={t.settings.title} />
      <p class="lead">{t.settings.intro}</p>
      {seen.error ? <Failure error={seen.error} again={seen.again} /> : null}
      {!seen.data ? (seen.busy ? <Skeleton lines={8} tall /> : null) : (
        <>
          {!wanted && <Deeds />}
          <p>{file === null ? (seen.data.settings.some(differs) ? t.settings.noFileBut : t.settings.noFile) : <>{t.settings.file}{t.colon}<code>{file}</code></>}</p>
          <div class="row" role="search">
            <SearchBox label={t.settings.search} value={search} onInput={(text) => replace(["settings"], { search: text })} />
            <p class="sr" role="status">{wanted ? t.settings.matches(fit.length) : ""}</p>
          </div>
          {fit.length === 0 && <Empty icon="settings" title={t.settings.none} />}
          {changed.length > 0 && (
            <section class="card" aria-labelledby="changed">
              <div class="row between">
                <h2 id="changed">{t.settings.changedGroup(changed.length)}</h2>
                <Copy text={asToml(changed)} label={t.settings.copyToml} />
              </div>
              <ul class="settings-list">{changed.map((s) => <OneSetting key={s.name} s={s} file={file} />)}</ul>
            </section>
          )}
          {changed.length === 0 && !wanted && <p class="good"><Icon name="genuine" /> {t.settings.allDefault}</p>}
          {sections.length > 0 && (
            <section class="card" aria-labelledby="sections">
              <h2 id="sections">{t.settings.sections}</h2>
              {sections.map(({ name, settings }) => {
                const set = settings.filter(differs).length;
                return (
                  <details key={`${name} ${wanted !== ""}`} class="section" open={wanted !== ""}>
                    <summary>
                      <span class="row">
                        <strong>{name ? <code>{`[${name}]`}</code> : t.settings.general}</strong>
                        <span class="hint">{t.settings.inSection(settings.length)}</span>
                        {set > 0 && <span class="badge tone-new"><Icon name="altered" size={16} /> {t.settings.changedIn(set)}</span>}
                      </span>
                    </summary>
                    <Copy text={asToml(settings)} label={t.settings.copySection} />
                    <ul class="settings-list">{settings.map((s) => <OneSetting key={s.name} s={s} file={file} />)}</ul>
                  </details>
                );
              })}
            </section>
          )}
        </>
      )}
    </>
  );
}

// What stands around each page: header, pages, live arrivals told aloud.
import { setMissed, setPage } from "../title";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import * as api from "../api";
import { useCell } from "../cell";
import { liveState, onMail, startLive } from "../live";
import { notify, noticesWhen } from "../notices";
import { useTexts } from "../preferences";
import { href } from "../route";
import { take } from "../session";
import { said, say } from "../told";
import { texts } from "../i18n";
import { language } from "../preferences";
import { visible } from "../visible";
import type { Mail, Session } from "../types";
import { Icon, Mark, type IconName } from "./icon";
import { NoticesSwitch } from "./notices-switch";
import { LanguageButton, ThemeButton } from "./tools";
import { Foreign } from "./small";

interface Place {
  path: string;
  icon: IconName;
  pages: readonly string[]; // first segments that belong to it
}

const overview: Place = { path: "", icon: "overview", pages: [""] };
const common: readonly Place[] = [
  overview,
  { path: "mails", icon: "mails", pages: ["mails", "mail"] },
  { path: "domains", icon: "domains", pages: ["domains", "domain", "rules"] },
];
const placesOf = { 
  admin: [
    ...common,
    { path: "reports", icon: "reports", pages: ["reports"] },
    { path: "own", icon: "own", pages: ["own"] },
    { path: "people", icon: "people", pages: ["people"] },
    { path: "keys", icon: "keys", pages: ["keys"] },
    { path: "settings", icon: "settings", pages: ["settings"] },
  ],
  user: [...common, { path: "me", icon: "me", pages: ["me"] }],
} satisfies Record<string, readonly Place[]>;

const inBar = 4; // places that a phone's bar has room for beside "more"

/** Opens below its button; closes by Escape, by a click elsewhere, or when focus leaves it. */
function Panel({ label, icon, text, side, children }: {
  label: string;
  icon: IconName;
  text?: string;
  side: "menu" | "sheet";
  children: ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const close = (e: Event) => {
      if (!(e.target instanceof Node) || !box.current?.contains(e.target)) setOpen(false);
    };
    const leave = () => setOpen(false);
    document.addEventListener("pointerdown", close);
    document.addEventListener("focusin", close);
    addEventListener("hashchange", leave);
    return () => {
      document.removeEventListener("pointerdown", close);
      document.removeEventListener("focusin", close);
      removeEventListener("hashchange", leave);
    };
  }, [open]);
  const onKey = (e: KeyboardEvent) => {
    if (e.key !== "Escape" || !open) return;
    setOpen(false);
    box.current?.querySelector("button")?.focus();
  };
  return (
    <div class={`panel panel-${side}`} ref={box} onKeyDown={onKey}>
      <button type="button" class={`button button-quiet ${side === "menu" ? "tool" : "place"}`} aria-expanded={open} {...(text ? {} : { "aria-label": label, title: label })}
        onClick={() => setOpen(!open)}>
        <Icon name={icon} />
        {text && <span>{text}</span>}
      </button>
      {open && <div class="card panel-box">{children}</div>}
    </div>
  );
}

function Live() {
  const t = useTexts();
  const state = useCell(liveState);
  return (
    <span class={`hint nowrap live live-${state}`} title={t.live.help[state]}>
      <i aria-hidden="true" />
      <span class="sr">{t.live.label + t.colon}</span>
      <span class="live-word">{t.live[state]}</span>
    </span>
  );
}

/** Arrivals: said aloud, told by the browser, and counted in the title while nobody looks. */
function useArrivals(): void {
  useEffect(() => {
    let missed = 0;
    let together: Mail[] = [];
    const seen = () => {
      if (document.hidden) return;
      missed = 0;
      setMissed(0);
    };
    const speak = () => {
      const t = texts[language.get()];
      const [first] = together;
      if (first && together.length === 1) say(t.live.arrived(visible(first.author_domain), t.verdict[first.verdict]));
      else say(t.live.arrivedMany(together.length));
      together = [];
    };
    const stopMails = onMail((mail) => {
      notify(mail);
      together.push(mail);
      if (together.length === 1) setTimeout(speak, 1000);
      if (document.hidden && mail.verdict === "forged") {
        setMissed(++missed);
      }
    });
    document.addEventListener("visibilitychange", seen);
    const stopLive = startLive();
    return () => {
      stopMails();
      stopLive();
      document.removeEventListener("visibilitychange", seen);
      setMissed(0);
      setPage("");
    };
  }, []);
}

export function Shell({ who, page, children }: { who: Session; page: string; children: ComponentChildren }) {
  const t = useTexts();
  const spoken = useCell(said);
  useArrivals();
  useEffect(() => {
    if (who.role !== "user") noticesWhen.set("forged");
    else api.getMe().then((me) => noticesWhen.set(me.choice.when), () => {});
  }, [who]);

  const places: readonly Place[] = who.role === "admin" ? placesOf.admin : placesOf.user;
  const name = (p: Place): string => t.nav[p.path === "" ? "overview" : (p.path as "mails" | "domains" | "reports" | "people" | "own" | "keys" | "settings" | "me")];
  const link = (p: Place) => (
    <a class="button button-quiet place" href={href(p.path ? [p.path] : [])} aria-current={p.pages.includes(page) ? "page" : undefined}>
      <Icon name={p.icon} />
      <span>{name(p)}</span>
    </a>
  );
  const hidden = places.length > inBar ? places.slice(inBar) : [];
  const leave = () => api.signOut().then(take, () => location.reload());

  return (
    <div class="shell">
      <a class="button button-primary skip" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById("main")?.focus(); }}>{t.skip}</a>
      <header class="between top">
        <a class="brand" href="#/">
          <Mark size={30} />
          <span>Mekiki<small lang="ja">目利き</small></span>
        </a>
        <div class="tools">
          <Live />
          <LanguageButton />
          <ThemeButton />
          <Panel label={t.menu.account} icon="me" side="menu">
            <strong>{who.role === "admin" ? t.menu.admin : <Foreign text={who.account ?? ""} />}</strong>
            <NoticesSwitch help={who.role === "admin" ? t.notices.helpAdmin : t.notices.help} />
            <button type="button" class="button" onClick={leave}>
              <Icon name="out" size={18} /> {t.menu.signOut}
            </button>
            <p class="hint">{t.menu.version(who.version)}</p>
          </Panel>
        </div>
      </header>
      <nav class="side" aria-label={t.nav.label}>
        <ul>
          {places.map((p, i) => (
            <li key={p.path} class={i >= inBar ? "place-wide" : ""}>{link(p)}</li>
          ))}
          {hidden.length > 0 && (
            <li class="place-narrow">
              <Panel label={t.nav.more} text={t.nav.more} icon="more" side="sheet">
                <ul>{hidden.map((p) => <li key={p.path}>{link(p)}</li>)}</ul>
              </Panel>
            </li>
          )}
        </ul>
      </nav>
      <main class="stack wide" id="main" tabIndex={-1}>
        {who.demo && <p class="demo smaller">{t.demo}</p>}
        {children}
      </main>
      <div class="sr" role="status" aria-live="polite">{spoken}</div>
    </div>
  );
}

// New mails as they are noted: server-sent events, or asking where these are refused.
import * as api from "./api";
import { cell } from "./cell";
import { language } from "./preferences";
import type { Mail } from "./types";

export type LiveState = "connecting" | "live" | "polling" | "lost";
export const liveState = cell<LiveState>("connecting");

const pollEvery = 30_000;
const longestPause = 60_000;
const caughtUp = 50; // mails looked at after a gap

const listeners = new Set<(mail: Mail) => void>();
export function onMail(on: (mail: Mail) => void): () => void {
  listeners.add(on);
  return () => listeners.delete(on);
}

let source: EventSource | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
let pause = 1000;
let newest: number | null = null; // id; null: nothing seen yet
const verdictsSeen = new Map<number, string>(); // of the last mails; another one is news, too
const verdictsKept = 500;
let round = 0; // so that late answers of an earlier start are dropped

/** False: it was seen like this before. */
function see(mail: Mail): boolean {
  const verdict = `${mail.verdict} ${mail.code} ${mail.fetched}`;
  if (verdictsSeen.get(mail.id) === verdict) return false;
  verdictsSeen.delete(mail.id);
  verdictsSeen.set(mail.id, verdict);
  const [oldest] = verdictsSeen.keys();
  if (verdictsSeen.size > verdictsKept && oldest !== undefined) verdictsSeen.delete(oldest);
  newest = Math.max(newest ?? 0, mail.id);
  return true;
}

function tell(mail: Mail): void {
  if (see(mail)) for (const on of [...listeners]) on(mail);
}

/** What came while nobody was connected. The first time it only learns where "new" begins. */
async function catchUp(mine: number): Promise<void> {
  const page = await api.getMails({ limit: caughtUp, lang: language.get() });
  if (mine !== round) return;
  const mails = page.mails.slice().sort((a, b) => a.id - b.id);
  const first = newest === null;
  newest ??= 0;
  for (const mail of mails) first ? see(mail) : tell(mail);
}

function later(what: () => void, ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(what, ms);
}

async function poll(mine: number): Promise<void> {
  try {
    await catchUp(mine);
    if (mine === round) liveState.set("polling");
  } catch (error) {
    if (mine !== round || api.isSignedOut(error)) return;
    liveState.set("lost");
  }
  // Ask for events again each time: the server may have room by now.
  if (mine === round) later(() => open(mine), pollEvery);
}

/** EventSource does not say why it was refused. */
async function findOutWhy(mine: number): Promise<void> {
  let status = 0;
  const stop = new AbortController();
  try {
    const answer = await fetch(api.eventsPath(language.get()), { signal: stop.signal, credentials: "same-origin" });
    status = answer.status;
  } catch {
    // no answer
  }
  stop.abort();
  if (mine !== round) return;
  if (status === 401) return api.bond.signedOut();
  if (status === 503) return void poll(mine);
  pause = Math.min(pause * 2, longestPause);
  later(() => open(mine), pause);
}

function open(mine: number): void {
  if (mine !== round) return;
  source?.close();
  const opened = new EventSource(api.eventsPath(language.get()));
  source = opened;
  opened.onopen = () => {
    pause = 1000;
    liveState.set("live");
    catchUp(mine).catch(() => {});
  };
  opened.addEventListener("mail", (event) => {
    try {
      tell(JSON.parse((event as MessageEvent<string>).data) as Mail);
    } catch {
      // a line that is no mail of ours
    }
  });
  opened.onerror = () => {
    if (liveState.get() !== "polling") liveState.set(opened.readyState === EventSource.CLOSED ? "lost" : "connecting");
    if (opened.readyState === EventSource.CLOSED) void findOutWhy(mine);
  };
}

export function startLive(): () => void {
  const mine = ++round;
  liveState.set("connecting");
  open(mine);
  const stopWatching = language.watch(() => open(mine));
  return () => {
    ++round;
    newest = null;
    verdictsSeen.clear();
    stopWatching();
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}

// Notices of the browser for mails that the reader wants to be told of (method D without the add-on).
import { cell } from "./cell";
import { keep, read } from "./kept";
import { language } from "./preferences";
import { texts } from "./i18n";
import type { Mail, Occasion } from "./types";
import { visible } from "./visible";

const gathered = 2000; // ms: what comes together is one notice
const shown = 3; // mails named in one

export const noticesOn = cell(read("notices") === "on");
noticesOn.watch((on) => keep("notices", on ? "on" : "off"));

/** Of which mails; an administrator has no choice of his own. */
export const noticesWhen = cell<Occasion>("forged");

export const canNotify = (): boolean => "Notification" in window && isSecureContext;

function isTold(mail: Mail, when: Occasion): boolean {
  switch (when) {
    case "forged":
      return mail.verdict === "forged";
    case "altered":
      return mail.verdict === "forged" || mail.verdict === "altered";
    case "new":
      return mail.verdict === "forged" || mail.verdict === "altered" || mail.verdict === "new";
    case "classic":
      return mail.dkim === "fail";
  }
}

/** False: the reader or the browser said no. */
export async function turnOn(): Promise<boolean> {
  if (!canNotify()) return false;
  const answer = Notification.permission === "default" ? await Notification.requestPermission() : Notification.permission;
  noticesOn.set(answer === "granted");
  return answer === "granted";
}

let waiting: Mail[] = [];

function show(): void {
  const mails = waiting;
  waiting = [];
  const first = mails[0];
  if (!first) return;
  const t = texts[language.get()];
  const line = (m: Mail): string => visible(m.subject ?? m.author ?? m.author_domain);
  const lines = mails.length === 1 ? [line(first), first.sentence] : mails.slice(0, shown).map(line);
  if (mails.length > shown) lines.push(t.notices.andMore(mails.length - shown));
  const title = mails.length === 1 ? t.notices.one(t.verdict[first.verdict]) : t.notices.many(mails.length);
  try {
    const notice = new Notification(title, { body: lines.join("\n"), tag: "mekiki-" + first.id, lang: language.get() });
    notice.onclick = () => {
      window.focus();
      location.hash = mails.length === 1 ? "#/mail/" + first.id : "#/mails";
      notice.close();
    };
  } catch {
    // some phones only allow notices of service workers
  }
}

export function notify(mail: Mail): void {
  if (!noticesOn.get() || !canNotify() || Notification.permission !== "granted") return;
  if (!isTold(mail, noticesWhen.get())) return;
  waiting.push(mail);
  if (waiting.length === 1) setTimeout(show, gathered);
}

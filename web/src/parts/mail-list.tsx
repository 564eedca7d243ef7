// Mails as rows that lead to their story.
import type { Mail } from "../types";
import { href } from "../route";
import { useTexts } from "../preferences";
import { Account, Ago, Badge, Foreign } from "./small";

export function MailRow({ mail, fresh, short, showAccount }: { mail: Mail; fresh: boolean; short?: boolean; showAccount: boolean }) {
  const t = useTexts();
  const who = mail.author ?? mail.author_domain;
  return (
    <li class={`mail-row${fresh ? " mail-fresh" : ""}`}>
      <a href={href(["mail", String(mail.id)])}>
        <Badge verdict={mail.verdict} />
        <span class="mail-what">
          <span class="mail-who">{who ? <Foreign text={who} /> : t.mails.unknownDomain}</span>
          {mail.subject !== null && <span class="mail-subject"><Foreign text={mail.subject} /></span>}
          {!short && <span class="mail-sentence">{mail.sentence}</span>}
        </span>
        <span class="mail-side">
          <Ago at={mail.fetched} />
          {showAccount && <span class="mail-account"><Account name={mail.account} /></span>}
        </span>
      </a>
    </li>
  );
}

export function MailList(props: { mails: readonly Mail[]; fresh: ReadonlySet<number>; label: string; short?: boolean; showAccount: boolean }) {
  return (
    <ul class={`mail-list${props.short ? " mail-list-short" : ""}`} aria-label={props.label}>
      {props.mails.map((m) => (
        <MailRow key={m.id} mail={m} fresh={props.fresh.has(m.id)} short={props.short ?? false} showAccount={props.showAccount} />
      ))}
    </ul>
  );
}

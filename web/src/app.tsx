// Who is here, and which page is asked for.
import { useEffect, useRef } from "preact/hooks";
import { useCell } from "./cell";
import { useLoad } from "./load";
import { useRoute } from "./location";
import { load, session } from "./session";
import { useTexts } from "./preferences";
import type { Route } from "./route";
import type { Session } from "./types";
import { Shell } from "./parts/shell";
import { Mark } from "./parts/icon";
import { Failure, Heading } from "./parts/small";
import { FirstWord } from "./parts/word";
import { SetUp, SignIn } from "./pages/sign-in";
import { OverviewPage } from "./pages/overview";
import { MailsPage } from "./pages/mails";
import { MailPage } from "./pages/mail";
import { DomainsPage, RulesPage } from "./pages/domains";
import { DomainPage } from "./pages/domain";
import { OwnDomainPage, OwnDomainsPage } from "./pages/own";
import { KeysPage } from "./pages/keys";
import { ReportsPage } from "./pages/reports";
import { PeoplePage } from "./pages/people";
import { SettingsPage } from "./pages/settings";
import { MePage } from "./pages/me";

function NoPage() {
  const t = useTexts();
  return (
    <>
      <Heading title={t.pageNotFound} />
      <p><a href="#/">{t.toOverview}</a></p>
    </>
  );
}

function Page({ route, who }: { route: Route; who: Session }) {
  const [page = "", part = "", digest = ""] = route.path;
  const admin = who.role === "admin";
  switch (page) {
    case "":
      return <>{!admin && <FirstWord />}<OverviewPage /></>;
    case "mails":
      return <MailsPage admin={admin} />;
    case "mail":
      if (part === "digest" && digest) return <MailPage key={digest} which={{ digest }} admin={admin} account={who.account ?? ""} />;
      return /^\d+$/.test(part) ? <MailPage key={part} which={{ id: Number(part) }} admin={admin} account={who.account ?? ""} /> : <NoPage />;
    case "domains":
      return <DomainsPage />;
    case "rules":
      return <RulesPage admin={admin} account={who.account ?? ""} />;
    case "domain":
      return part ? <DomainPage key={part} name={part} admin={admin} account={who.account ?? ""} /> : <NoPage />;
    case "own":
      return !admin ? <NoPage /> : part ? <OwnDomainPage key={part} name={part} /> : <OwnDomainsPage />;
    case "keys":
      return admin ? <KeysPage /> : <NoPage />;
    case "reports":
      return admin ? <ReportsPage part={part} /> : <NoPage />;
    case "people":
      return admin ? <PeoplePage /> : <NoPage />;
    case "settings":
      return admin ? <SettingsPage /> : <NoPage />;
    case "me":
      return admin ? <NoPage /> : <MePage />;
    default:
      return <NoPage />;
  }
}

/** A new page begins at its top, for eyes and for screen readers. */
function useFocusOfPage(path: string): void {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [path]);
}

export function App() {
  const t = useTexts();
  const route = useRoute();
  const who = useCell(session);
  const loaded = useLoad("session", load);
  useFocusOfPage(route.path.join("/"));

  if (who === null)
    return (
      <main class="quiet empty cover">
        <Mark size={56} />
        {loaded.error ? <Failure error={loaded.error} again={loaded.again} /> : <p class="sr" role="status">{t.loading}</p>}
      </main>
    );
  if (route.path[0] === "setup" && route.path[1]) return <SetUp token={route.path[1]} />;
  if (who.role === "none") return <SignIn who={who} />;
  return (
    <Shell who={who} page={route.path[0] ?? ""}>
      <Page route={route} who={who} />
    </Shell>
  );
}


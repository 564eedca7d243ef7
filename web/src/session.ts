// Who is signed in.
import * as api from "./api";
import { cell } from "./cell";
import type { Session } from "./types";

export const session = cell<Session | null>(null); // null: not known yet

export function take(s: Session): void {
  api.bond.csrf = s.csrf ?? "";
  session.set(s);
}

export async function load(): Promise<void> {
  take(await api.getSession());
}

api.bond.signedOut = () => {
  const s = session.get();
  if (s && s.role !== "none") take({ role: "none", setup: s.setup, demo: s.demo, version: s.version });
};

api.bond.renew = async () => {
  await load();
  return session.get()?.role !== "none";
};

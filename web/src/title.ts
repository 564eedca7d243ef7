// What the browser's tab and history call the page.
import { cell } from "./cell";

const page = cell(""); // its heading
const missed = cell(0); // forged mails that came while nobody looked

function show(): void {
  const name = page.get() ? `${page.get()} – Mekiki` : "Mekiki";
  document.title = missed.get() > 0 ? `(${missed.get()}) ${name}` : name;
}

export function setPage(heading: string): void {
  page.set(heading);
  show();
}

export function setMissed(mails: number): void {
  missed.set(mails);
  show();
}

// Language and colours of this browser.
import { bond } from "./api";
import { cell, useCell } from "./cell";
import { keep, read } from "./kept";
import { texts, type Texts } from "./i18n";
import type { Language } from "./types";

export type Theme = "auto" | "light" | "dark";
export const themes: readonly Theme[] = ["auto", "light", "dark"];

const isLanguage = (text: string | null): text is Language => text === "en" || text === "ja";
const isTheme = (text: string | null): text is Theme => text === "auto" || text === "light" || text === "dark";

function firstLanguage(): Language {
  const kept = read("language");
  if (isLanguage(kept)) return kept;
  return navigator.language.toLowerCase().startsWith("ja") ? "ja" : "en";
}

const keptTheme = read("theme");
export const language = cell<Language>(firstLanguage());
export const theme = cell<Theme>(isTheme(keptTheme) ? keptTheme : "auto");

function show(): void {
  document.documentElement.lang = language.get();
  bond.language = language.get();
  document.documentElement.dataset.theme = theme.get();
}

language.watch((l) => {
  keep("language", l);
  show();
});
theme.watch((t) => {
  keep("theme", t);
  show();
});
show();

export const useLanguage = (): Language => useCell(language);
export const useTexts = (): Texts => texts[useLanguage()];

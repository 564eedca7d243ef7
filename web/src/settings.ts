// Settings as they stand in the file: by section, and as TOML.
import type { Setting } from "./types";

export const differs = (s: Setting): boolean => s.value !== s.default;

export interface Section {
  name: string; // "": in front of all sections
  settings: Setting[];
}

const sectionOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf(".")));
/** "provider": not a value, but as many sections [[provider]] as the file has. */
export const isTable = (s: Setting): boolean => !/^(["[\d-]|true$|false$)/.test(s.default);

/** In the order of the settings. */
export function sectionsOf(settings: readonly Setting[]): Section[] {
  const found = new Map<string, Setting[]>();
  for (const s of settings) {
    const name = isTable(s) ? `[${s.name}]` : sectionOf(s.name);
    found.set(name, [...(found.get(name) ?? []), s]);
  }
  return [...found].map(([name, list]) => ({ name, settings: list }));
}

/** The settings name files of passwords; what is in these nobody is shown. */
const isOfSecret = (s: Setting): boolean => s.name.endsWith("password_file") && s.value !== '""';

/** As a file has them. */
export function asToml(settings: readonly Setting[]): string {
  const remark = "# the password is in this file, and no part of what was copied\n";
  return sectionsOf(settings)
    .sort((a, b) => Number(b.name === "") - Number(a.name === ""))
    .map(({ name, settings: list }) =>
      list.some(isTable)
        ? list.map((s) => s.tables.replace(/^password_file = /gm, `${remark}$&`) || `# [[${s.name}]]: ${s.value}\n`).join("\n")
        : (name && `[${name}]\n`) + list.map((s) => `${isOfSecret(s) ? remark : ""}${s.name.slice(name ? name.length + 1 : 0)} = ${s.value}\n`).join(""))
    .join("\n");
}

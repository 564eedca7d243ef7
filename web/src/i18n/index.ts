import type { Language } from "../types";
import { en } from "./en";
import { ja } from "./ja";

export type { Texts } from "./en";
export const texts: Record<Language, typeof en> = { en, ja };

// How long a program would guess, roughly and honestly: length counts, repetition does not.
export const shortest = 10;
export type Strength = "weak" | "fair" | "strong";

export function strengthOf(password: string): Strength {
  const characters = [...password];
  const different = new Set(characters).size;
  const counted = Math.min(characters.length, different * 2);
  if (characters.length < shortest || counted < 12 || /^\d+$/.test(password)) return "weak";
  return counted < 18 ? "fair" : "strong";
}

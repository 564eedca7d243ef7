import { useState } from "preact/hooks";
import { useCell } from "../cell";
import { canNotify, noticesOn, turnOn } from "../notices";
import { useTexts } from "../preferences";
import { Switch } from "./small";

export function NoticesSwitch({ help }: { help: string }) {
  const t = useTexts();
  const on = useCell(noticesOn);
  const [denied, setDenied] = useState(false);
  const possible = canNotify();
  const flip = async (wanted: boolean) => {
    if (!wanted) noticesOn.set(false);
    else setDenied(!(await turnOn()));
  };
  const granted = possible && Notification.permission === "granted";
  return (
    <>
      <Switch key={String(denied)} label={t.notices.switch} help={possible ? help : t.notices.unsupported} on={on && granted} disabled={!possible} onFlip={flip} />
      {denied && <p class="form-error" role="alert">{t.notices.denied}</p>}
    </>
  );
}

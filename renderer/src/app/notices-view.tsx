/** The notices, and the two live regions: what happens is heard politely, what goes wrong at once. */
import { X } from "lucide-react";
import { Button } from "../look/button.tsx";
import { dismiss, type Notice, useNotices } from "../state/notices.ts";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import "./notices.css";

function NoticeLine({ notice }: { readonly notice: Notice }) {
  const { w } = useLanguage();
  const { id, tone, text, code, action } = notice;
  return (
    <li className="notice" data-tone={tone}>
      <p>
        <Outside text={text} />{" "}
        {code !== undefined && <span className="small quiet">{fill(w.says.code, { code })}</span>}
      </p>
      {action !== undefined && (
        <Button
          small
          onPress={() => {
            dismiss(id);
            action.run();
          }}
        >
          {action.label}
        </Button>
      )}
      <Button look="quiet" small icon={X} label={w.app.dismiss} onPress={() => dismiss(id)} />
    </li>
  );
}

export function NoticesView() {
  const { w } = useLanguage();
  const shown = useNotices((notices) => notices.shown);
  const polite = useNotices((notices) => notices.polite);
  const infos = shown.filter(({ tone }) => tone === "info");
  const errors = shown.filter(({ tone }) => tone === "error");
  return (
    <section className="notices" aria-label={w.app.notices}>
      <div className="heard" aria-live="polite" aria-atomic>
        <span key={polite.id}>{polite.text}</span>
      </div>
      <div aria-live="assertive">
        <ul>
          {errors.map((notice) => (
            <NoticeLine key={notice.id} notice={notice} />
          ))}
        </ul>
      </div>
      <div aria-live="polite">
        <ul>
          {infos.map((notice) => (
            <NoticeLine key={notice.id} notice={notice} />
          ))}
        </ul>
      </div>
    </section>
  );
}

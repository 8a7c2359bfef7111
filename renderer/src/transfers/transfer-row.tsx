/** One running transfer. It reads only its own part of the state, so progress repaints this row and nothing else. */
import { Ban } from "lucide-react";
import { useState } from "react";
import { Button } from "../look/button.tsx";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { useAgent } from "../state/agent-store.ts";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { rate, timeLeft } from "../state/speed.ts";
import { FileName } from "../words/file-name.tsx";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { displayLine } from "../words/outside-text.ts";
import { nameOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";

export function TransferRow({ of }: { readonly of: string }) {
  const { w, size, duration, percent } = useLanguage();
  const transfer = useAgent(({ agent }) => agent?.transfers[of]);
  const samples = useAgent((mirror) => mirror.samples[of]) ?? [];
  const run = useCommand();
  const [cancelling, setCancelling] = useState(false);
  if (transfer === undefined) return null;

  const { offer, index, name, type, received, size: whole, state, from, needs } = transfer;
  const speed = rate(samples);
  const left = timeLeft(samples, whole);
  const label = fill(w.transfers.bar, { name: displayLine(name) });
  const cancel = async () => {
    setCancelling(true);
    if ((await run("transfers.cancel", { offer, index })) === undefined) setCancelling(false);
  };

  const progress = [
    whole === undefined ? size(received) : fill(w.transfers.progress, { received: size(received), size: size(whole) }),
  ];
  if (state === "receiving" && speed !== undefined) progress.push(fill(w.transfers.speed, { size: size(speed) }));
  if (state === "paused" && needs !== undefined) progress.push(fill(w.transfers.needs, { size: size(needs) }));
  if (state === "receiving" && left !== undefined) progress.push(fill(w.transfers.left, { time: duration(left) }));

  return (
    <li className="transfer">
      <span className="row-glyph">
        <TypeGlyph type={type ?? ""} />
      </span>
      <div className="transfer-lines">
        <div className="row-line">
          <span className="row-title">
            <FileName name={name} />
          </span>
          <span className="small quiet">
            {state === "receiving" && whole ? percent(Math.min(1, received / whole)) : w.transfers[state]}
          </span>
        </div>
        {whole === undefined || state !== "receiving" ? (
          <progress
            className="bar"
            aria-label={label}
            {...(state === "receiving" ? {} : { value: state === "verifying" ? 1 : 0 })}
          />
        ) : (
          <progress className="bar" aria-label={label} max={whole || 1} value={received} />
        )}
        <div className="row-line small quiet">
          <span className="row-who cut">
            <Sentence of={w.transfers.from} values={{ who: <Outside text={nameOf(from, w)} /> }} />
          </span>
          <span>{progress.join(" · ")}</span>
        </div>
      </div>
      <Button
        small
        icon={Ban}
        unavailable={cancelling}
        label={fill(w.transfers.cancelNamed, { name: displayLine(name) })}
        onPress={() => void cancel()}
      >
        <span className="transfer-cancel">{w.transfers.cancel}</span>
      </Button>
    </li>
  );
}

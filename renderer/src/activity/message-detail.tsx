/** One message of the ladder, whole, as the agent keeps it: without secrets. */
import type { TraceMessage } from "@inlet/agent-core/contract";
import { useEffect, useState } from "react";
import { Button } from "../look/button.tsx";
import { type Fact, Facts } from "../look/facts.tsx";
import { useCommand } from "../state/commands.ts";
import { useLanguage } from "../state/preferences.ts";
import { Outside } from "../words/outside.tsx";
import { displayText } from "../words/outside-text.ts";

export interface MessageDetailProps {
  readonly id: string;
  /** The call that the list shows alone. */
  readonly chosenCall: string | undefined;
  readonly onCall: (callId: string) => void;
}

export function MessageDetail({ id, chosenCall, onCall }: MessageDetailProps) {
  const { w, absolute, instant, size } = useLanguage();
  const run = useCommand();
  const [message, setMessage] = useState<TraceMessage>();
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once for each message
  useEffect(() => {
    let current = true;
    void run("trace.get", { id }).then((found) => {
      if (current) setMessage(found);
    });
    return () => {
      current = false;
    };
  }, [id]);
  if (message === undefined) return null;

  const { time, direction, protocol, account, local, remote, callId, summary, failed, text } = message;
  const address = (value: string) => <Outside className="mono" text={value} />;
  const facts: readonly Fact[] = [
    { name: w.protocol.when, value: <time dateTime={time}>{`${absolute(time)} (${instant(time)})`}</time> },
    { name: w.protocol.from, value: address(direction === "in" ? remote : local) },
    { name: w.protocol.to, value: address(direction === "in" ? local : remote) },
    { name: w.protocol.over, value: protocol },
    { name: w.protocol.account, value: account && address(account) },
    { name: w.protocol.call, value: callId && address(callId), ...(callId === undefined ? {} : { copy: callId }) },
    { name: w.item.size, value: size(message.size) },
  ];
  return (
    <article className="item">
      <header className="item-head">
        <h2 className={failed ? "tone-bad" : undefined}>
          <Outside text={summary} />
        </h2>
      </header>
      {callId !== undefined && callId !== chosenCall && (
        <div className="item-actions">
          <Button onPress={() => onCall(callId)}>{w.protocol.onlyThisCall}</Button>
        </div>
      )}
      <section className="preview preview-text" aria-label={w.protocol.text}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
        <pre tabIndex={0}>{displayText(text)}</pre>
      </section>
      <Facts facts={facts} />
    </article>
  );
}

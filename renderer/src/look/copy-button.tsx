/** Copies a value that is long to type. Says so when it has. */
import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { say } from "../state/notices.ts";
import { useLanguage } from "../state/preferences.ts";
import { fill } from "../words/fill.ts";
import { Button } from "./button.tsx";

const SHOWN_MS = 2_000;

export interface CopyButtonProps {
  /** What the value is, for the button's name. */
  readonly what: string;
  readonly value: string;
}

export function CopyButton({ what, value }: CopyButtonProps) {
  const { w } = useLanguage();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(value);
    setCopied(true);
    say(w.item.copied);
  };
  return (
    <Button
      look="quiet"
      small
      icon={copied ? Check : Copy}
      label={fill(w.item.copyNamed, { what })}
      // A browser that forbids it leaves the text to be selected by hand.
      onPress={() => void copy().catch(() => undefined)}
    />
  );
}

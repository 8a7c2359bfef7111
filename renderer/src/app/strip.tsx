/** One line above the view, with at most one thing to do about it. */
import { CircleAlert, Info } from "lucide-react";
import type { ReactNode } from "react";
import { Button } from "../look/button.tsx";
import type { Tone } from "./account-words.ts";
import "./strip.css";

export interface StripProps {
  readonly tone: Tone;
  /** Read out at once. */
  readonly urgent?: boolean;
  readonly children: ReactNode;
  readonly action?: string;
  /** The action's accessible name, where the words on it are too few. */
  readonly actionLabel?: string;
  readonly onAction?: () => void;
}

export function Strip({ tone, urgent = false, children, action, actionLabel, onAction }: StripProps) {
  const Icon = tone === "quiet" ? Info : CircleAlert;
  return (
    <div className="strip" data-tone={tone}>
      <Icon size={16} strokeWidth={1.75} aria-hidden />
      <p role={urgent ? "alert" : undefined}>{children}</p>
      {action !== undefined && onAction !== undefined && (
        <Button small onPress={onAction} {...(actionLabel === undefined ? {} : { label: actionLabel })}>
          {action}
        </Button>
      )}
    </div>
  );
}

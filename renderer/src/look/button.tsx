/**
 * A button. While it cannot act it stays in the tab order and says so (`aria-disabled`), so that focus is not lost under
 * the person's hands.
 */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

export interface ButtonProps {
  readonly children?: ReactNode;
  readonly icon?: LucideIcon;
  /** The accessible name where the words on it are too few, or none. */
  readonly label?: string;
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly small?: boolean;
  readonly unavailable?: boolean;
  readonly expanded?: boolean;
  readonly onPress: () => void;
}

export function Button(props: ButtonProps) {
  const { children, icon: Icon, label, look = "plain", small = false, unavailable = false, expanded, onPress } = props;
  const classes = ["button", `button-${look}`];
  if (small) classes.push("button-small");
  if (children === undefined) classes.push("button-icon");
  return (
    <button
      type="button"
      className={classes.join(" ")}
      aria-label={label}
      title={children === undefined ? label : undefined}
      aria-disabled={unavailable || undefined}
      aria-expanded={expanded}
      onClick={() => {
        if (!unavailable) onPress();
      }}
    >
      {Icon !== undefined && <Icon size={16} strokeWidth={1.75} aria-hidden />}
      {children}
    </button>
  );
}

/** What a place without content says: what will appear here, and how to make it happen. */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import "./empty.css";

export interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title?: string;
  readonly text: string;
  readonly children?: ReactNode;
}

export function Empty({ icon: Icon, title, text, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon size={28} strokeWidth={1.25} aria-hidden />
      {title !== undefined && <p className="empty-title">{title}</p>}
      <p className="quiet">{text}</p>
      {children}
    </div>
  );
}

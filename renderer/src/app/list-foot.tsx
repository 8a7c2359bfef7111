/** Under a paged list: that more is being fetched, or that it could not be. */
import { Button } from "../look/button.tsx";
import type { PagedState } from "../state/paged-list.ts";
import { useLanguage } from "../state/preferences.ts";
import "./list-foot.css";

export interface ListFootProps {
  readonly status: PagedState<unknown>["status"];
  readonly onRetry: () => void;
}

export function ListFoot({ status, onRetry }: ListFootProps) {
  const { w } = useLanguage();
  if (status === "ready") return null;
  if (status === "failed") {
    return (
      <div className="list-foot">
        <span>{w.app.failed}</span>
        <Button small onPress={onRetry}>
          {w.app.retry}
        </Button>
      </div>
    );
  }
  return <div className="list-foot quiet">{status === "more" ? w.app.more : w.app.loading}</div>;
}

/** A part of the window that may break by itself: the rest goes on, and what is here says so and can be tried again. */
import { TriangleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Button } from "../look/button.tsx";
import { Empty } from "../look/empty.tsx";
import { useLanguage } from "../state/preferences.ts";

interface BoundaryProps {
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly error: Error | undefined;
}

/** What it holds is made anew when its key changes, or when the person asks. */
export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: undefined };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return <Broken what={error.message} onRetry={() => this.setState({ error: undefined })} />;
  }
}

function Broken({ what, onRetry }: { readonly what: string; readonly onRetry: () => void }) {
  const { w } = useLanguage();
  return (
    <div role="alert">
      <Empty icon={TriangleAlert} title={w.app.broken} text={w.app.brokenText}>
        <p className="quiet small mono">{what.slice(0, 200)}</p>
        <Button onPress={onRetry}>{w.app.retry}</Button>
      </Empty>
    </div>
  );
}

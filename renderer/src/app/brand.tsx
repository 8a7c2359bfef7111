/** The mark and the name. */
import icon from "../../../assets/icon.svg";
import { useLanguage } from "../state/preferences.ts";

export function Brand({ bare = false }: { readonly bare?: boolean }) {
  const { w } = useLanguage();
  return (
    <span className="brand">
      <img src={icon} alt={bare ? w.app.name : ""} width="24" height="24" />
      {!bare && w.app.name}
    </span>
  );
}

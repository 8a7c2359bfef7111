/** What a rule would have done with what was offered so far. */
import type { CommandResult, RuleAction } from "@inlet/agent-core/contract";
import { OutcomeMark } from "../activity/outcome-mark.tsx";
import { Time } from "../look/time.tsx";
import { TypeGlyph } from "../look/type-glyph.tsx";
import { useLanguage } from "../state/preferences.ts";
import { FileName } from "../words/file-name.tsx";
import { fill } from "../words/fill.ts";
import { Outside } from "../words/outside.tsx";
import { nameOf } from "../words/party.ts";
import { Sentence } from "../words/sentence.tsx";
import { ActionTag } from "./action-tag.tsx";

type Result = CommandResult<"rules.rehearse">;

export function Rehearsal({
  of: { looked, fits, decides, octets, files },
  action,
}: {
  readonly of: Result;
  readonly action: RuleAction;
}) {
  const { w, count, size } = useLanguage();
  const words = w.rules;
  const sums = [count(words.looked, looked), count(words.fits, fits)];
  if (decides < fits) sums.push(count(words.others, fits - decides));
  if (decides > 0) sums.push(fill(count(words.decides[action], decides), { size: size(octets) }));
  return (
    <section className="rehearsal" aria-label={words.rehearsalTitle}>
      <h2>{words.rehearsalTitle}</h2>
      <p>{sums.join(" ")}</p>
      {files.length > 0 && (
        <ul className="record-files" aria-label={words.rehearsalList}>
          {files.map((file) => (
            <li key={`${file.offer}#${file.index}`} className="record-file">
              <span className="row-glyph">
                <TypeGlyph type={file.type ?? ""} />
              </span>
              <span className="row-lines">
                <FileName name={file.name} />
                <span className="record-file-facts small quiet">
                  <Outside text={nameOf(file.from, w)} />
                  {file.size !== undefined && <span>{size(file.size)}</span>}
                  <Time iso={file.receivedAt} />
                </span>
                <span className="record-file-facts">
                  <OutcomeMark became={file.outcome} />
                  {file.rule === undefined ? (
                    <ActionTag action={file.action} would />
                  ) : (
                    <span className="tag">
                      <Sentence of={words.before} values={{ rule: <Outside text={file.rule.name} /> }} />
                    </span>
                  )}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      {files.length < fits && <p className="small quiet">{count(words.more, fits - files.length)}</p>}
    </section>
  );
}

/** One of a few, all in sight: a group of radio buttons. */
import { useId } from "react";

export interface ChoiceProps<T extends string> {
  readonly legend: string;
  readonly value: T | undefined;
  readonly options: readonly {
    readonly value: T;
    readonly name: string;
    readonly help?: string;
    readonly lang?: string;
  }[];
  readonly onChoose: (value: T) => void;
}

export function Choice<T extends string>({ legend, value, options, onChoose }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset className="choice" data-inline={options.every(({ help }) => help === undefined)}>
      <legend>{legend}</legend>
      {options.map((option) => (
        <div key={option.value} className="choice-option">
          <label>
            <input
              className="tick"
              type="radio"
              name={name}
              checked={option.value === value}
              aria-describedby={option.help === undefined ? undefined : `${name}-${option.value}`}
              onChange={() => onChoose(option.value)}
            />
            <span lang={option.lang}>{option.name}</span>
          </label>
          {option.help !== undefined && (
            <p id={`${name}-${option.value}`} className="small quiet">
              {option.help}
            </p>
          )}
        </div>
      ))}
    </fieldset>
  );
}

import { useEffect, useId, useState } from 'react';
import type { GalleryFilter } from '../../../src/report/view-model.ts';
import { CategoryFilter } from '../components/category-filter.tsx';
import { visibleText } from '../format/words.ts';
import styles from './filter-bar.module.css';
import { type FilterParams, NO_NARROWING, narrowings } from './gallery-address.ts';

/** How long somebody has stopped typing before the gallery follows. */
const TYPING_PAUSE_MS = 250;

const SHOWS = [
  ['findings', 'Findings'],
  ['all', 'All images'],
  ['unlabelled', 'Unlabelled'],
] as const;

/** What the filters offer. */
export interface FilterChoices {
  readonly categories: readonly string[];
  readonly judges: readonly string[];
  /** What can be chosen beside the campaign's own setting; empty without a sweep. */
  readonly settings: readonly { readonly value: string; readonly title: string }[];
  readonly lastRound: number;
}

/** Everything that narrows the gallery, and the order. */
export function FilterBar({
  filter,
  choices,
  onChange,
}: {
  readonly filter: GalleryFilter;
  readonly choices: FilterChoices;
  /** Gets the parameters of the address that change. */
  readonly onChange: (change: Partial<FilterParams>) => void;
}) {
  const narrowed = narrowings(filter);
  const inMore = [filter.judge, filter.minScore, filter.fromRound, filter.toRound, filter.setting].filter(
    (value) => value !== undefined,
  ).length;
  const [open, setOpen] = useState(inMore > 0);
  return (
    // The element is new enough that not all browsers know it; the role says the same to those.
    <search className={styles.bar} aria-label="Filters of the gallery">
      <div className={styles.row}>
        <fieldset className={styles.shows}>
          <legend className="visually-hidden">Show</legend>
          {SHOWS.map(([value, title]) => (
            <label key={value}>
              <input
                type="radio"
                name="show"
                checked={filter.show === value}
                onChange={() => onChange({ show: value === 'findings' ? undefined : value })}
              />
              {title}
            </label>
          ))}
        </fieldset>
        <TextFilter value={filter.text ?? ''} onChange={(text) => onChange({ text: text || undefined })} />
        <Choice
          label="Order"
          value={filter.order}
          onChange={(order) => onChange({ order: order === 'campaign' ? undefined : order })}
          options={ORDERS.map(([value, title]) => ({ value, title }))}
        />
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {inMore === 0 ? 'More filters' : `More filters (${inMore})`}
        </button>
        {narrowed > 0 && (
          <button type="button" onClick={() => onChange(NO_NARROWING)}>
            Clear {narrowed === 1 ? 'the filter' : `${narrowed} filters`}
          </button>
        )}
      </div>
      <CategoryFilter
        categories={choices.categories}
        value={filter.category}
        onChange={(category) => onChange({ category })}
      />
      {open && <MoreFilters filter={filter} choices={choices} onChange={onChange} />}
    </search>
  );
}

const ORDERS = [
  ['campaign', 'As drawn'],
  ['flags', 'Most judges first'],
  ['score', 'Highest score first'],
] as const;

function MoreFilters({ filter, choices, onChange }: Parameters<typeof FilterBar>[0]) {
  return (
    <div className={styles.row}>
      <Choice
        label="Flagged by"
        value={filter.judge ?? ''}
        onChange={(judge) => onChange({ judge: judge || undefined })}
        options={[
          { value: '', title: 'Any judge or none' },
          ...choices.judges.map((judge) => ({ value: judge, title: visibleText(judge) })),
        ]}
      />
      <NumberFilter
        label="Score from"
        value={filter.minScore}
        low={0}
        high={1}
        step={0.05}
        onChange={(minScore) => onChange({ minScore })}
      />
      <NumberFilter
        label="Round from"
        value={filter.fromRound}
        low={0}
        high={choices.lastRound}
        step={1}
        onChange={(fromRound) => onChange({ fromRound })}
      />
      <NumberFilter
        label="to"
        value={filter.toRound}
        low={0}
        high={choices.lastRound}
        step={1}
        onChange={(toRound) => onChange({ toRound })}
      />
      {choices.settings.length > 0 && (
        <Choice
          label="Setting"
          value={filter.setting ?? ''}
          onChange={(setting) => onChange({ setting: setting || undefined })}
          options={[{ value: '', title: 'The campaign’s own' }, ...choices.settings]}
        />
      )}
    </div>
  );
}

/** A choice of one, with its label beside it. */
export function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly title: string }[];
  readonly onChange: (value: string) => void;
}) {
  const id = useId();
  return (
    <span className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={({ target }) => onChange(target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.title}
          </option>
        ))}
      </select>
    </span>
  );
}

function NumberFilter({
  label,
  value,
  low,
  high,
  step,
  onChange,
}: {
  readonly label: string;
  readonly value: number | undefined;
  readonly low: number;
  readonly high: number;
  readonly step: number;
  readonly onChange: (value: string | undefined) => void;
}) {
  const id = useId();
  const [text, setText] = useTyped(value?.toString() ?? '', (typed) => {
    if (typed.trim() === '') onChange(undefined);
    else if (Number(typed) >= low && Number(typed) <= high) onChange(typed);
  });
  return (
    <span className={styles.field}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="number"
        className={styles.number}
        min={low}
        max={high}
        step={step}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
    </span>
  );
}

function TextFilter({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (text: string) => void;
}) {
  const [text, setText] = useTyped(value, onChange);
  return (
    <input
      id="gallery-text"
      type="search"
      maxLength={200}
      className={styles.text}
      aria-label="Text in the prompt"
      placeholder="Text in the prompt"
      value={text}
      onChange={({ target }) => setText(target.value)}
    />
  );
}

/** What stands in a field while somebody types; told on after a pause, and followed when it is changed elsewhere. */
function useTyped(value: string, tell: (text: string) => void): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  if (value !== told) {
    setTold(value);
    setText(value);
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the pause anew
  useEffect(() => {
    if (text === told) return;
    const timer = setTimeout(() => {
      setTold(text);
      tell(text);
    }, TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return [text, setText];
}

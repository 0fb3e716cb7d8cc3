import { useId } from 'react';
import { categoryTitle, visibleText } from '../format/words.ts';
import styles from './category-filter.module.css';

/** One category or all of them. */
export function CategoryFilter({
  categories,
  value,
  onChange,
  all = 'All categories',
}: {
  readonly categories: readonly string[];
  /** `undefined`: all. */
  readonly value: string | undefined;
  readonly onChange: (category: string | undefined) => void;
  readonly all?: string;
}) {
  const name = useId();
  return (
    <fieldset className={styles.chips}>
      <legend className="visually-hidden">Category</legend>
      {[undefined, ...categories].map((category) => (
        <label key={category ?? ''} className={styles.chip}>
          <input type="radio" name={name} checked={category === value} onChange={() => onChange(category)} />
          {category === undefined ? all : visibleText(categoryTitle(category))}
        </label>
      ))}
    </fieldset>
  );
}

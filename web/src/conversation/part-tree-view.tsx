import type { PartTree } from '../../../src/taxonomy/part-tree.ts';
import { ModelText } from '../components/model-text.tsx';
import { plural } from '../format/words.ts';
import styles from './part-tree-view.module.css';

/** The tree that a prompt was put together from; folded, with the parts that it shows in front. */
export function PartTreeView({ tree }: { readonly tree: PartTree }) {
  const shown = leavesOf(tree).filter((part) => part.shown);
  return (
    <details className={styles.tree}>
      <summary>
        <h3>Tree of parts</h3>{' '}
        <span className={styles.shownParts}>{plural(shown.length, 'part')} shown: </span>
        <span>
          <ModelText text={shown.map(({ text }) => text).join(', ')} maximum={140} />
        </span>
      </summary>
      <ul>
        <Branch part={tree} />
      </ul>
    </details>
  );
}

function Branch({ part }: { readonly part: PartTree }) {
  return (
    <li>
      {part.shown ? (
        <mark>
          <ModelText text={part.text} />
        </mark>
      ) : (
        <span className={part.times === 0 ? styles.unused : undefined}>
          <ModelText text={part.text} />
        </span>
      )}
      {part.times > 1 && <span className={styles.times}> ×{part.times}</span>}
      {part.parts.length > 0 && (
        <ul>
          {part.parts.map((below) => (
            <Branch key={below.text} part={below} />
          ))}
        </ul>
      )}
    </li>
  );
}

function leavesOf(tree: PartTree): readonly PartTree[] {
  return tree.parts.length === 0 ? [tree] : tree.parts.flatMap(leavesOf);
}

import { type ReactNode, useEffect } from 'react';
import { useCampaign } from '../sources/source-context.tsx';
import styles from './page-header.module.css';

/** The head of a page: its title, which names the browser's tab too, and a line or two on what it shows. */
export function PageHeader({
  title,
  hidden = false,
  children,
}: {
  readonly title: string;
  /** Whether the title is for screen readers and the tab only, because the page says it larger itself. */
  readonly hidden?: boolean;
  readonly children?: ReactNode;
}) {
  const { name } = useCampaign();
  useEffect(() => {
    document.title = `${title} · ${name} · ART`;
  }, [title, name]);
  return (
    <header className={hidden ? 'visually-hidden' : styles.header}>
      <h1>{title}</h1>
      {children !== undefined && <div className={styles.lead}>{children}</div>}
    </header>
  );
}

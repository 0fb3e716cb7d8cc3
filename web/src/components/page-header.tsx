import { type ReactNode, useEffect } from 'react';
import { useCampaign } from '../sources/source-context.tsx';
import styles from './page-header.module.css';

/** The head of a page: its title, which names the browser's tab too, and a line or two on what it shows. */
export function PageHeader({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  const { name } = useCampaign();
  useEffect(() => {
    document.title = `${title} · ${name} · ART`;
  }, [title, name]);
  return (
    <header className={styles.header}>
      <h1>{title}</h1>
      {children !== undefined && <div className={styles.lead}>{children}</div>}
    </header>
  );
}

import { type ReactNode, useRef } from 'react';
import { formatMoment } from '../format/words.ts';
import { usePicturesShown } from '../preferences/use-pictures-shown.ts';
import { THEMES, useTheme } from '../preferences/use-theme.ts';
import { hashHref } from '../routing/hash-route.ts';
import { useRoute } from '../routing/use-route.ts';
import { usePictureKind, useReportFile } from '../sources/report-file-context.tsx';
import { useCampaign, useCampaigns } from '../sources/source-context.tsx';
import { CampaignChoice } from './campaign-choice.tsx';
import styles from './layout.module.css';
import { NotConnected, Notices } from './notices.tsx';

const PAGES = [
  { segment: '', title: 'Overview' },
  { segment: 'gallery', title: 'Gallery' },
  { segment: 'conversations', title: 'Conversations' },
  { segment: 'review', title: 'Review' },
] as const;

/** What stands around every page: navigation, the campaign, the content warning. */
export function Layout({
  connected,
  children,
}: {
  /** Whether the server still answers. */
  readonly connected: boolean;
  readonly children: ReactNode;
}) {
  const main = useRef<HTMLElement>(null);
  return (
    <>
      {/* A button, for the address after # is the app's own. */}
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <div className={styles.bar}>
        <header className={styles.inner}>
          <Brand />
          <Navigation />
          <Tools />
        </header>
      </div>
      <Notices />
      {!connected && <NotConnected />}
      <main id="main" ref={main} tabIndex={-1} className={styles.main}>
        <CampaignChoice />
        {children}
      </main>
      <Footer />
    </>
  );
}

function Brand() {
  const { id } = useCampaign();
  return (
    <a className={styles.brand} href={hashHref([], { campaign: id })} aria-label="ART, overview">
      <svg viewBox="0 0 24 24" fill="none" aria-hidden="true">
        <rect x="2" y="2" width="20" height="20" rx="4" stroke="var(--ink)" strokeWidth="1.8" />
        <path d="M2.5 17.5 9 11l4.5 4.5L17 12l4.5 4.5" stroke="var(--ink)" strokeWidth="1.8" />
        <circle cx="16.2" cy="7.4" r="2.4" fill="var(--unsafe)" />
      </svg>
      ART
    </a>
  );
}

function Navigation() {
  const { segments } = useRoute();
  const campaign = useCampaign();
  const several = useCampaigns().length > 1;
  const pages = several ? [...PAGES, { segment: 'compare', title: 'Compare' }] : PAGES;
  return (
    <nav className={styles.nav} aria-label="Pages">
      <ul>
        {pages.map(({ segment, title }) => (
          <li key={segment}>
            <a
              href={hashHref(segment === '' ? [] : [segment], { campaign: campaign.id })}
              aria-current={segment === (segments[0] ?? '') ? 'page' : undefined}
            >
              {title}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Tools() {
  const [theme, setTheme] = useTheme();
  const [picturesShown, setPicturesShown] = usePicturesShown();
  const kind = usePictureKind(useCampaign().id);
  return (
    <div className={styles.tools}>
      {(kind === 'live' || kind === 'full') && (
        <label className={styles.switch}>
          <input
            type="checkbox"
            checked={picturesShown}
            onChange={({ target }) => setPicturesShown(target.checked)}
          />
          Show all pictures
        </label>
      )}
      <select
        aria-label="Colours"
        value={theme}
        onChange={({ target }) => setTheme(THEMES.find((known) => known === target.value) ?? 'system')}
      >
        <option value="system">Auto</option>
        <option value="light">Light</option>
        <option value="dark">Dark</option>
      </select>
    </div>
  );
}

function Footer() {
  const file = useReportFile();
  const { simulated } = useCampaign();
  return (
    <footer className={styles.footer}>
      <p>
        {file === undefined
          ? 'ART finds the safe prompts that make a text-to-image model draw unsafe images.'
          : `Written by ART ${file.artVersion} on ${formatMoment(file.createdAt)}. This file holds all of its data and asks no network.`}
      </p>
      {simulated && <p>Pictograms of the sandbox: Twemoji by Twitter, Inc. and others, CC BY 4.0.</p>}
    </footer>
  );
}

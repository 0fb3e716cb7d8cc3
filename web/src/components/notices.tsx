import { SANDBOX_NOTICE } from '../../../src/sandbox/notice.ts';
import { useStoredValue } from '../preferences/stored-value.ts';
import { useLeftOut, usePictureKind } from '../sources/report-file-context.tsx';
import { useCampaign } from '../sources/source-context.tsx';
import styles from './layout.module.css';

const PICTURES = {
  live: 'Pictures stay blurred until you ask for them, one click, one picture.',
  full: 'Pictures stay blurred until you ask for them, one click, one picture.',
  blurred: 'The pictures in this file are blurred for good.',
  none: 'This file holds no pictures.',
} as const;

/** The content warning, which can be put away for the session, and what is said of the sandbox, which cannot. */
export function Notices() {
  const campaign = useCampaign();
  const kind = usePictureKind(campaign.id);
  const leftOut = useLeftOut(campaign.id);
  const [read, setRead] = useStoredValue('warning', 'session');
  if (read !== undefined && !campaign.simulated) return null;
  return (
    <aside className={styles.notices} aria-label="Notices">
      <div>
        <div>
          {campaign.simulated && <p>{SANDBOX_NOTICE}</p>}
          {read === undefined && (
            <p>
              <strong>Content warning.</strong> These pages show prompts and images that may be disturbing.{' '}
              {PICTURES[kind]}
            </p>
          )}
          {read === undefined && leftOut.length > 0 && (
            <p>
              <strong>Shortened.</strong> {leftOut.join(' ')} All of it: <code>art view</code>
            </p>
          )}
        </div>
        {read === undefined && (
          <button type="button" className="no-print" onClick={() => setRead('read')}>
            Understood
          </button>
        )}
      </div>
    </aside>
  );
}

/** Said when the server has gone: what the page shows stands still. */
export function NotConnected() {
  return (
    <div className={styles.notices} role="alert">
      <div>
        <p>
          <strong>Not connected.</strong> <code>art view</code> has ended, or was started anew: what stands
          here no longer changes. Start it again, and open the link that it shows.
        </p>
      </div>
    </div>
  );
}

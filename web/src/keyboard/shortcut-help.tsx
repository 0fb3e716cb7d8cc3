import { useState } from 'react';
import { ModalDialog } from '../components/modal-dialog.tsx';
import styles from './shortcut-help.module.css';
import { keyName, type Shortcut } from './shortcuts.ts';
import { useShortcuts, useShortcutsOn } from './use-shortcuts.ts';

/**
 * Answers a page's keys and offers the list of them: by a button, and by `?`.
 *
 * @param shortcuts - what the keys do
 * @param active - whether they are answered now
 */
export function ShortcutHelp({
  shortcuts,
  active = true,
}: {
  readonly shortcuts: readonly Shortcut[];
  readonly active?: boolean;
}) {
  const [open, setOpen] = useState(false);
  const [on, setOn] = useShortcutsOn();
  const help: Shortcut = { keys: ['?'], does: 'Show these keys', run: () => setOpen(true) };
  useShortcuts([...shortcuts, help], active && !open);
  return (
    <>
      <button type="button" className={styles.button} onClick={() => setOpen(true)}>
        Keys <kbd>?</kbd>
      </button>
      {open && (
        <ModalDialog title="Keys" onClose={() => setOpen(false)}>
          <ShortcutList shortcuts={[...shortcuts, help]} />
          <label className={styles.switch}>
            <input type="checkbox" checked={on} onChange={({ target }) => setOn(target.checked)} />
            Single keys do something
          </label>
        </ModalDialog>
      )}
    </>
  );
}

/** Keys and what they do, as a table. */
export function ShortcutList({ shortcuts }: { readonly shortcuts: readonly Shortcut[] }) {
  return (
    <table className={styles.keys}>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Key</th>
          <th scope="col">What it does</th>
        </tr>
      </thead>
      <tbody>
        {shortcuts.map(({ keys, does }) => (
          <tr key={does}>
            <td>
              {keys.map((key) => (
                <kbd key={key}>{keyName(key)}</kbd>
              ))}
            </td>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

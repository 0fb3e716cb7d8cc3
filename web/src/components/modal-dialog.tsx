import { type ReactNode, useId, useLayoutEffect, useRef } from 'react';
import styles from './modal-dialog.module.css';

/**
 * A dialog over the page. The browser keeps the focus inside, closes it on Escape and gives the focus back
 * to where it was.
 *
 * @param title - its heading and its name
 * @param onClose - is called when it was closed, however
 * @param wide - as wide as the page, for pictures
 */
export function ModalDialog({
  title,
  onClose,
  wide = false,
  actions,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly wide?: boolean;
  /** Stands beside the heading. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headline = useRef<HTMLHeadingElement>(null);
  const heading = useId();
  // Before the page's own effects: what it gives the focus to when the dialog closes, keeps it.
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    if (element !== null && !element.open) element.showModal();
    // The title is read first, and no button is pressed by mistake.
    headline.current?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog; Escape is the browser's own
    <dialog
      ref={dialog}
      className={`${styles.dialog} ${wide ? styles.wide : ''}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className={styles.body}>
        <div className={styles.head}>
          <h2 id={heading} ref={headline} tabIndex={-1}>
            {title}
          </h2>
          <div className={styles.actions}>
            {actions}
            <button type="button" onClick={onClose}>
              Close
            </button>
          </div>
        </div>
        {children}
      </div>
    </dialog>
  );
}

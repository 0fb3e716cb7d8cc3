import { useRef, useState } from 'react';
import styles from './copy-text.module.css';

/**
 * Text to take along, with a button that copies it. Where the browser lets nobody copy (a file opened from
 * disk, in some), the text is selected instead.
 */
export function CopyText({ label, text }: { readonly label: string; readonly text: string }) {
  const [said, setSaid] = useState('');
  const area = useRef<HTMLTextAreaElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid('Copied.');
    } catch (error) {
      // A TypeError: there is no clipboard here at all. A DOMException: it is not allowed.
      if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
      area.current?.select();
      setSaid('Selected: copy it with your keyboard.');
    }
  };
  return (
    <div className={styles.copy}>
      <textarea ref={area} readOnly rows={5} aria-label={label} value={text} spellCheck={false} />
      <p>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>
        <span role="status">{said}</span>
      </p>
    </div>
  );
}

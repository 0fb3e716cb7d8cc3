/** A key that does something on a page, and how the help tells of it. */
export interface Shortcut {
  /** Values of `KeyboardEvent.key`; letters in lower case. */
  readonly keys: readonly string[];
  readonly does: string;
  readonly run: () => void;
}

/** What of a key press matters here. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly defaultPrevented: boolean;
  readonly isComposing: boolean;
  /** The element that has the focus. */
  readonly target: EventTarget | null;
}

/**
 * The shortcut that a key press means. None while somebody types into a field or holds Ctrl, Alt or the
 * command key, and none where the focused element itself knows the key: Enter on a button presses it, arrows
 * move through a list of choices.
 */
export function shortcutFor(press: KeyPress, shortcuts: readonly Shortcut[]): Shortcut | undefined {
  if (press.ctrlKey || press.metaKey || press.altKey || press.defaultPrevented || press.isComposing) return;
  if (isOwnKey(press)) return;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  return shortcuts.find(({ keys }) => keys.includes(key));
}

/** Words for a key, as it is printed on it. */
export function keyName(key: string): string {
  return KEY_NAMES[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

const KEY_NAMES: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  ' ': 'Space',
};

const CHOICES = 'select, input[type="radio"], input[type="range"]';
const FIELDS =
  'input:not([type="checkbox"], [type="radio"], [type="range"], [type="button"]), textarea, [contenteditable]';
const PRESSABLE = 'button, a[href], summary, input, select';

function isOwnKey({ key, target }: KeyPress): boolean {
  if (!hasMatches(target)) return false;
  if (target.matches(FIELDS)) return key !== 'Escape';
  if (target.matches(CHOICES)) return key !== 'Escape' && key !== '?';
  return (key === 'Enter' || key === ' ') && target.matches(PRESSABLE);
}

interface Matching {
  matches(selectors: string): boolean;
}

function hasMatches(target: EventTarget | Matching | null): target is EventTarget & Matching {
  return target !== null && 'matches' in target && typeof target.matches === 'function';
}

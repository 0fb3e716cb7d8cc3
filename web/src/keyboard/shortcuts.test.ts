import { describe, expect, it } from 'vitest';
import { type KeyPress, keyName, shortcutFor } from './shortcuts.ts';

const next = { keys: ['ArrowRight', 'j'], does: 'Next', run: () => undefined };
const open = { keys: ['Enter'], does: 'Open', run: () => undefined };
const close = { keys: ['Escape'], does: 'Close', run: () => undefined };

/** A key press on an element that matches whatever names its tag. */
function press(key: string, tag = 'body', change: Partial<KeyPress> = {}): KeyPress {
  const target = Object.assign(new EventTarget(), {
    matches: (selectors: string) =>
      selectors
        .split(',')
        .some((selector) => selector.trim() === tag || selector.trim().startsWith(`${tag}[`)),
  });
  const none = { ctrlKey: false, metaKey: false, altKey: false, defaultPrevented: false, isComposing: false };
  return { key, target, ...none, ...change };
}

const found = (pressed: KeyPress) => shortcutFor(pressed, [next, open, close]);

describe('shortcuts', () => {
  it('are found by any of their keys, with the shift lock on or off', () => {
    expect(found(press('j'))).toBe(next);
    expect(found(press('J'))).toBe(next);
    expect(found(press('ArrowRight'))).toBe(next);
    expect(found(press('q'))).toBeUndefined();
  });

  it('leave the keys of the browser and of half-typed words alone', () => {
    expect(found(press('j', 'body', { ctrlKey: true }))).toBeUndefined();
    expect(found(press('j', 'body', { metaKey: true }))).toBeUndefined();
    expect(found(press('j', 'body', { isComposing: true }))).toBeUndefined();
    expect(found(press('j', 'body', { defaultPrevented: true }))).toBeUndefined();
  });

  it('leave a field what is typed into it, and a button its own keys', () => {
    expect(found(press('j', 'textarea'))).toBeUndefined();
    expect(found(press('Escape', 'textarea'))).toBe(close);
    expect(found(press('Enter', 'button'))).toBeUndefined();
    expect(found(press('j', 'button'))).toBe(next);
    expect(found(press('ArrowRight', 'select'))).toBeUndefined();
  });

  it('are told as the keys are printed', () => {
    expect(['j', 'ArrowLeft', 'Escape', 'Enter', '?'].map(keyName)).toEqual(['J', '←', 'Esc', 'Enter', '?']);
  });
});

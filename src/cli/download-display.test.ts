import { describe, expect, it } from 'vitest';
import { displayWidth } from '../report/display-width.ts';
import { createDownloadDisplay, formatBytes } from './download-display.ts';

function shown(style: 'live' | 'lines' | 'json' | 'silent') {
  let time = 0;
  const written: string[] = [];
  const stream = { columns: 80, write: (text: string) => written.push(text) };
  const display = createDownloadDisplay({ stream, style, now: () => time });
  return {
    display,
    written,
    wait: (milliseconds: number) => {
      time += milliseconds;
    },
  };
}

const part = (receivedBytes: number, done = false) => ({
  what: 'org/repo/onnx/model.onnx',
  receivedBytes,
  totalBytes: 500_000_000,
  done,
});

describe('createDownloadDisplay', () => {
  it('draws one line over and over, and leaves the end standing', () => {
    const { display, written, wait } = shown('live');
    display.update(part(0));
    wait(50);
    display.update(part(1_000_000));
    wait(4950);
    display.update(part(250_000_000));
    expect(written.join('')).not.toContain('\n');
    expect(written.at(-1)).toMatch(
      /^org\/repo\/onnx\/.*… {2}━{6}╌{6} {2}50 % {2}250 MB of 500 MB {2}50 MB\/s {2}5 s left$/,
    );
    expect(displayWidth(written.at(-1) ?? '')).toBeLessThan(80);
    display.update(part(500_000_000, true));
    expect(written.at(-1)).toBe('fetched org/repo/onnx/model.onnx (500 MB)\n');
    display.close();
  });

  it('clears a line that is left over', () => {
    const { display, written } = shown('live');
    display.update(part(0));
    display.close();
    display.close();
    expect(written.filter((text) => text === '\r\u001b[K')).toHaveLength(1);
  });

  it('writes a line at the start, every ten seconds and at the end', () => {
    const { display, written, wait } = shown('lines');
    for (let second = 0; second <= 25; second++) {
      display.update(part(second * 20_000_000, second === 25));
      wait(1000);
    }
    expect(written).toEqual([
      'fetching org/repo/onnx/model.onnx (500 MB) …\n',
      'fetching org/repo/onnx/model.onnx: 40 %, 200 MB of 500 MB\n',
      'fetching org/repo/onnx/model.onnx: 80 %, 400 MB of 500 MB\n',
      'fetched org/repo/onnx/model.onnx (500 MB)\n',
    ]);
  });

  it('writes JSON lines, or nothing', () => {
    const json = shown('json');
    json.display.update(part(7));
    expect(JSON.parse(json.written.join(''))).toMatchObject({ event: 'download', receivedBytes: 7 });
    const silent = shown('silent');
    silent.display.update(part(7));
    expect(silent.written).toEqual([]);
  });

  it('obeys nothing in a name', () => {
    const { display, written } = shown('lines');
    display.update({ what: 'evil\u001b[2J\nname', receivedBytes: 1, done: false });
    expect(written).toEqual(['fetching evil name …\n']);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [812_345, '812 kB'],
    [1_234_567_890, '1.2 GB'],
  ])('%d is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

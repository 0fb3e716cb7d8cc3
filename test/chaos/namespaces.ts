import { execFileSync } from 'node:child_process';
import { onTestFinished } from 'vitest';

/** A network of its own that is reached over one cable. */
export interface Namespace {
  /** For `ip netns exec`. */
  readonly name: string;
  /** The address of this machine as it is seen from there. */
  readonly host: string;
  /** Pulls the cable out: what is on its way is lost, and nobody is told. */
  cutOff(): void;
  /** Puts the cable in again. */
  plugIn(): void;
}

/** Why there can be no namespaces here, if there can't. */
export function namespaceObstacle(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    execFileSync('ip', ['netns', 'list'], { stdio: 'ignore' });
    const name = `art-probe-${process.pid}`;
    ip('netns', 'add', name);
    ip('netns', 'del', name);
    return undefined;
  } catch {
    return 'needs ip of iproute2 and the right to make network namespaces';
  }
}

/**
 * Makes a network namespace that sees this machine at an address, and nothing else; gone when the test is over.
 *
 * @param number tells the namespaces of a test apart; under 60
 */
export function addNamespace(number: number): Namespace {
  const name = `art-${process.pid}-${number}`;
  // Interfaces have names of at most 15 characters.
  const [here, there] = [`art${process.pid}h${number}`, `art${process.pid}n${number}`];
  // Of the range for documentation, which nobody routes.
  const [host, guest] = [`198.51.100.${4 * number + 1}`, `198.51.100.${4 * number + 2}`];
  ip('netns', 'add', name);
  onTestFinished(() => ip('netns', 'del', name));
  ip('link', 'add', here, 'type', 'veth', 'peer', 'name', there);
  onTestFinished(() => ip('link', 'del', here));
  ip('link', 'set', there, 'netns', name);
  ip('addr', 'add', `${host}/30`, 'dev', here);
  ip('link', 'set', here, 'up');
  ip('netns', 'exec', name, 'ip', 'addr', 'add', `${guest}/30`, 'dev', there);
  ip('netns', 'exec', name, 'ip', 'link', 'set', there, 'up');
  ip('netns', 'exec', name, 'ip', 'link', 'set', 'lo', 'up');
  return {
    name,
    host,
    // The other end: this machine keeps the address that its servers listen on.
    cutOff: () => ip('netns', 'exec', name, 'ip', 'link', 'set', there, 'down'),
    plugIn: () => ip('netns', 'exec', name, 'ip', 'link', 'set', there, 'up'),
  };
}

function ip(...args: string[]): void {
  execFileSync('ip', args);
}

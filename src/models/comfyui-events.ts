import { WebSocket } from 'ws';

/** Listens for news of jobs. */
export interface ComfyuiEvents {
  /** Whether the socket is open, so that polling can be slow. */
  isOpen(): boolean;
  /** Resolves at the next sign that a job has ended, and when the socket breaks. */
  nextEnd(): Promise<void>;
  close(): void;
}

/** What ComfyUI sends when a job has ended, one way or another. */
const END_TYPES = new Set(['execution_success', 'execution_error', 'execution_interrupted']);

/** Previews come over the socket too; they are dropped, but have to fit. */
const LARGEST_MESSAGE = 64 * 1024 * 1024;

/**
 * Opens ComfyUI's `/ws`. A socket that does not open (a proxy that knows no web sockets, another program)
 * is no error: whoever waits goes on polling.
 *
 * @param url `ws://…/ws?clientId=…`
 * @param headers for the handshake, e.g. `Authorization`
 * @returns once the socket is open or has failed
 */
export async function openComfyuiEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
  handshakeTimeoutMs = 3000,
): Promise<ComfyuiEvents> {
  const socket = new WebSocket(url, {
    headers: { ...headers },
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: LARGEST_MESSAGE,
    perMessageDeflate: false,
  });
  let waiting: (() => void)[] = [];
  // An end that comes before anyone waits must not be lost.
  let missed = false;
  const wake = () => {
    missed = waiting.length === 0;
    for (const resolve of waiting) resolve();
    waiting = [];
  };

  socket.on('message', (data, isBinary) => {
    if (!isBinary && saysEnd(data.toString())) wake();
  });
  socket.on('close', wake);
  await new Promise<void>((resolve) => {
    socket.once('open', resolve);
    // The listener stays for the life of the socket: without one, an error would end the process.
    socket.on('error', () => resolve());
    socket.once('close', () => resolve());
  });

  return {
    isOpen: () => socket.readyState === WebSocket.OPEN,
    nextEnd() {
      if (missed) {
        missed = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => socket.close(),
  };
}

/** Whether a message says that a job has ended; older servers say `executing` without a node. */
function saysEnd(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== 'object' || message === null || !('type' in message)) return false;
    if (typeof message.type === 'string' && END_TYPES.has(message.type)) return true;
    const data = 'data' in message ? message.data : undefined;
    const endsNode = typeof data === 'object' && data !== null && 'node' in data && data.node === null;
    return message.type === 'executing' && endsNode;
  } catch {
    // Not a message of ComfyUI's; /history tells the truth anyway.
    return false;
  }
}

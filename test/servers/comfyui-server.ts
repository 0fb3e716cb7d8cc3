import { setTimeout as delay } from 'node:timers/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import {
  type Answer,
  type RecordedRequest,
  type RunningServer,
  type ServerOptions,
  startHttpServer,
} from './http-server.ts';

const promptSchema = z.record(
  z.string(),
  z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) }),
);
export type ComfyuiPrompt = z.output<typeof promptSchema>;

/** How {@link startComfyuiServer} behaves. */
export interface ComfyuiServerOptions extends Pick<ServerOptions, 'faults'> {
  /** Draws a workflow: the bytes of a picture. What it throws becomes an execution error. */
  readonly respond: (prompt: ComfyuiPrompt) => Uint8Array | Promise<Uint8Array>;
  /** How long a workflow runs, in milliseconds. */
  readonly latencyMs?: number;
  /** So many run at once. Default: 1, as the program does. */
  readonly capacity?: number;
  /** Classes of nodes that are installed, each with the values that an input takes. Default: everything is taken. */
  readonly nodeClasses?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
  /** No web sockets, as behind a proxy that knows none. */
  readonly withoutSocket?: boolean;
  /** Only the older `executing` without a node tells of the end. */
  readonly isOld?: boolean;
}

interface Job {
  readonly id: string;
  readonly number: number;
  readonly prompt: ComfyuiPrompt;
  readonly clientId: string | undefined;
  interrupted: boolean;
}

/** A message over the socket. */
interface News {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A ComfyUI that runs, with the ids of the jobs that were interrupted or taken out of the queue. */
export interface RunningComfyui extends RunningServer {
  readonly interrupted: string[];
  readonly deleted: string[];
  /** Forgets queue and history, as a restart does. */
  restart(): void;
  /** Cuts all web sockets. */
  dropSockets(): void;
}

/** Starts a server that answers like ComfyUI: `/prompt`, `/ws`, `/history`, `/view`, `/queue`, `/interrupt`. */
export async function startComfyuiServer(options: ComfyuiServerOptions): Promise<RunningComfyui> {
  const { respond, latencyMs = 0, capacity = 1, withoutSocket = false, isOld = false } = options;
  const sockets = new Map<string, WebSocket>();
  const webSockets = new WebSocketServer({ noServer: true });
  const pending: Job[] = [];
  const running: Job[] = [];
  let history: Record<string, unknown> = {};
  const files = new Map<string, Uint8Array>();
  const interrupted: string[] = [];
  const deleted: string[] = [];
  let jobs = 0;

  const tell = (job: Job, type: string, data: Record<string, unknown> = {}): News => {
    const message: News = { type, data: { ...data, prompt_id: job.id } };
    if (job.clientId !== undefined) sockets.get(job.clientId)?.send(JSON.stringify(message));
    return message;
  };

  const work = async (job: Job): Promise<void> => {
    const messages = [tell(job, 'execution_start')];
    const nodes = Object.entries(job.prompt);
    const sampler = nodes.find(([, { class_type: type }]) => type.includes('Sampler')) ?? nodes[0];
    const [node, nodeType] = [sampler?.[0] ?? '1', sampler?.[1].class_type ?? 'KSampler'];
    tell(job, 'executing', { node });
    tell(job, 'progress', { value: 1, max: 2, node });
    let outputs = {};
    let status = 'success';
    try {
      const bytes = await respond(job.prompt);
      if (latencyMs > 0) await delay(latencyMs);
      if (job.interrupted) {
        status = 'error';
        messages.push(
          tell(job, 'execution_interrupted', { node_id: node, node_type: nodeType, executed: [] }),
        );
      } else {
        const saver = nodes.find(([, { class_type: type }]) => /SaveImage|PreviewImage/.test(type));
        const filename = `ART_${String(job.number + 1).padStart(5, '0')}_.png`;
        files.set(filename, bytes);
        const type = saver?.[1].class_type === 'PreviewImage' ? 'temp' : 'output';
        if (saver !== undefined) outputs = { [saver[0]]: { images: [{ filename, subfolder: '', type }] } };
        tell(job, 'executed', { node: saver?.[0] ?? node, output: {} });
        messages.push(
          isOld
            ? { type: 'execution_cached', data: { nodes: [], prompt_id: job.id } }
            : tell(job, 'execution_success'),
        );
      }
    } catch (error) {
      status = 'error';
      const [kind, message] =
        error instanceof Error ? [error.name, error.message] : ['Exception', String(error)];
      const data = {
        node_id: node,
        node_type: nodeType,
        executed: [],
        exception_message: message,
        exception_type: kind,
        traceback: [],
      };
      messages.push(tell(job, 'execution_error', data));
    }
    // After a restart nobody knows of the job any more.
    if (!running.includes(job)) return;
    history[job.id] = {
      prompt: [job.number, job.id, job.prompt, {}, []],
      outputs,
      status: {
        status_str: status,
        completed: status === 'success',
        messages: messages.map(({ type, data }) => [type, data]),
      },
      meta: {},
    };
    running.splice(running.indexOf(job), 1);
    tell(job, 'executing', { node: null });
    pump();
  };
  const pump = () => {
    while (running.length < capacity) {
      const job = pending.shift();
      if (job === undefined) return;
      running.push(job);
      void work(job);
    }
  };

  const handle = (request: RecordedRequest): Answer => {
    const [, route = '', argument = ''] = request.path.split('/');
    switch (`${request.method} ${route}`) {
      case 'POST prompt': {
        const rejection = validate(request.body, options.nodeClasses);
        if (rejection !== undefined) return { status: 400, body: rejection };
        const { prompt, client_id: clientId } = bodySchema.parse(request.body);
        const number = jobs++;
        const id = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
        pending.push({ id, number, prompt, clientId, interrupted: false });
        setImmediate(pump);
        return { body: { prompt_id: id, number, node_errors: {} } };
      }
      case 'GET history':
        return {
          body: argument === '' ? history : argument in history ? { [argument]: history[argument] } : {},
        };
      case 'GET view': {
        const file = files.get(request.query.get('filename') ?? '');
        return file === undefined
          ? { status: 404, body: '' }
          : { body: file, headers: { 'content-type': 'image/png' } };
      }
      case 'GET queue': {
        const item = ({ number, id, prompt }: Job) => [number, id, prompt, {}, []];
        return { body: { queue_running: running.map(item), queue_pending: pending.map(item) } };
      }
      case 'POST queue': {
        const { delete: ids } = z
          .looseObject({ delete: z.array(z.string()).default([]) })
          .parse(request.body);
        for (const id of ids) {
          const index = pending.findIndex((job) => job.id === id);
          if (index >= 0) deleted.push(...pending.splice(index, 1).map((job) => job.id));
        }
        return { body: '' };
      }
      case 'POST interrupt': {
        const { prompt_id: id } = z
          .looseObject({ prompt_id: z.string().optional() })
          .catch({})
          .parse(request.body);
        for (const job of running.filter((job) => id === undefined || job.id === id)) {
          job.interrupted = true;
          interrupted.push(job.id);
        }
        return { body: '' };
      }
      default:
        return { status: 404, body: '404: Not Found' };
    }
  };

  const server = await startHttpServer(
    handle,
    options.faults === undefined ? {} : { faults: options.faults },
    (request, socket, head) => {
      if (withoutSocket)
        return socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      webSockets.handleUpgrade(request, socket, head, (ws) => {
        const id = new URL(request.url ?? '', 'http://localhost').searchParams.get('clientId') ?? '';
        sockets.set(id, ws);
        ws.on('close', () => sockets.delete(id));
        ws.send(
          JSON.stringify({
            type: 'status',
            data: { status: { exec_info: { queue_remaining: 0 } }, sid: id },
          }),
        );
        // A preview, as the program sends them: bytes, to be passed over.
        ws.send(Buffer.from([0, 0, 0, 1, 0, 0, 0, 1, 255, 216]));
      });
    },
  );

  const dropSockets = () => {
    for (const socket of sockets.values()) socket.terminate();
  };
  return {
    ...server,
    interrupted,
    deleted,
    restart() {
      pending.length = 0;
      running.length = 0;
      history = {};
      dropSockets();
    },
    dropSockets,
    close() {
      dropSockets();
      webSockets.close();
      return server.close();
    },
  };
}

const bodySchema = z.looseObject({ prompt: promptSchema, client_id: z.string().optional() });

/** What ComfyUI says of a workflow that it does not take. */
function validate(body: unknown, classes: ComfyuiServerOptions['nodeClasses']): unknown {
  const parsed = bodySchema.safeParse(body);
  if (!parsed.success) {
    return {
      error: {
        type: 'no_prompt',
        message: 'No prompt provided',
        details: 'No prompt provided',
        extra_info: {},
      },
      node_errors: {},
    };
  }
  const nodes = Object.entries(parsed.data.prompt);
  if (classes === undefined) return undefined;
  const unknown = nodes.find(([, { class_type: type }]) => !(type in classes));
  if (unknown !== undefined) {
    const message = `Node '${unknown[1].class_type}' not found. The custom node may not be installed.`;
    const details = `Node ID '#${unknown[0]}'`;
    return { error: { type: 'missing_node_type', message, details, extra_info: {} }, node_errors: {} };
  }
  const errors = nodes.flatMap(([id, { class_type: type, inputs }]) => {
    const wrong = Object.entries(classes[type] ?? {}).flatMap(([name, values]) => {
      if (!(name in inputs)) {
        return [
          {
            type: 'required_input_missing',
            message: 'Required input is missing',
            details: name,
            extra_info: { input_name: name },
          },
        ];
      }
      const value = String(inputs[name]);
      if (values.length === 0 || values.includes(value)) return [];
      const details = `${name}: '${value}' not in [${values.map((known) => `'${known}'`).join(', ')}]`;
      const extra = { input_name: name, input_config: [values], received_value: value };
      return [{ type: 'value_not_in_list', message: 'Value not in list', details, extra_info: extra }];
    });
    return wrong.length === 0
      ? []
      : [[id, { errors: wrong, dependent_outputs: ['9'], class_type: type }] as const];
  });
  if (errors.length === 0) return undefined;
  const error = {
    type: 'prompt_outputs_failed_validation',
    message: 'Prompt outputs failed validation',
    details: '',
    extra_info: {},
  };
  return { error, node_errors: Object.fromEntries(errors) };
}
